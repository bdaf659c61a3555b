// SPDX-License-Identifier: Apache-2.0
#include "router/service/decide.h"

#include <variant>

#include "router/service/text_ids.h"
#include "router/service/wire.h"

namespace usher::service {

void FillAnswer(const runtime::DomainRuntime& runtime, const runtime::Answer& answer,
                routing::v1::Contact& out) {
  if (answer.contact) {
    FillOpenContact(runtime.engine(), *answer.contact, runtime.engine().now(), out);
  } else if (answer.closed) {
    FillClosedContact(std::get<engine::Closed>(answer.closed->body), answer.closed->at, out);
  } else {
    out.set_id(ToText(answer.outcome.contact));
    out.set_state(routing::v1::Contact::STATE_CLOSED);
  }
}

}  // namespace usher::service
