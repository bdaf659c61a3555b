// SPDX-License-Identifier: Apache-2.0
#include "channels/email/mail_orders.h"

#include <utility>

#include "base/io/client_call.h"
#include "base/io/log.h"
#include "base/io/random_id.h"
#include "channels/email/ascii.h"
#include "channels/email/mail_key.h"
#include "channels/email/mime_writer.h"
#include "usher/agents/v1/agent_service.grpc.pb.h"

namespace usher::email {

using agents::v1::AcceptOfferRequest;
using agents::v1::AcceptOfferResponse;
using agents::v1::PullContactRequest;
using agents::v1::PullContactResponse;
using context::v1::Author;
using context::v1::Message;
using routing::v1::ContactResult;

namespace {

constexpr Duration kAnswerWithin{10'000};
// The agent who wrote is the only one who is asked meanwhile.
constexpr int kPreferSeconds = 10;
constexpr std::size_t kRequestIdBytes = 64;
constexpr std::size_t kSubjectBytes = 250;

}  // namespace

struct MailOrders::Order {
  std::uint64_t tag = 0;
  std::string by;
  std::string request_id;
  std::string queue;
  std::string customer_id;
  std::string contact_id;
  MailContact about;
};

MailInbox* MailOrders::FindInbox(const std::string& queue) {
  for (const auto& [id, inbox] : desk_.inboxes) {
    if (queue.empty() || inbox->config->queue == queue || inbox->config->queues.contains(queue)) {
      return inbox.get();
    }
  }
  // A queue that no mailbox is for: its mail comes from the first.
  return desk_.inboxes.empty() ? nullptr : desk_.inboxes.begin()->second.get();
}

void MailOrders::OnOrder(const routing::v1::CallOrder& given) {
  const auto order = std::make_shared<Order>();
  order->tag = given.tag();
  order->by = given.by();
  if (!given.has_mail()) {
    return Answer(*order, Error{Code::kInvalidArgument, "NO_CALLS_HERE",
                                "this adapter begins e-mails and nothing else",
                                "give orders of calls to an adapter of telephone calls"});
  }
  const routing::v1::StartMail& mail = given.mail();
  const Result<std::string> to = ToSmtpAddress(Trim(mail.to()));
  if (!to.ok()) return Answer(*order, to.error());
  const MailInbox* const inbox = FindInbox(mail.queue());
  if (inbox == nullptr) {
    return Answer(*order, Error{Code::kFailedPrecondition, "NO_MAILBOX",
                                "no mailbox is open that a mail could be sent from",
                                "see the log of the process that runs with --email"});
  }
  // The same request is the same thread, and so the same contact.
  const std::string thread = ToThreadKey("new " + desk_.route.domain.value() + " " + given.by() +
                                         " " + given.request_id());
  order->request_id = ("mailnew-" + thread).substr(0, kRequestIdBytes);
  order->queue = mail.queue().empty() ? inbox->config->queue : mail.queue();
  order->customer_id = mail.customer_id();
  order->about = {.mailbox = inbox->config->id,
                  .thread = thread,
                  .answer_to = {.name = "", .address = *to},
                  .from = *to,
                  .subject = std::string(CutUtf8(mail.subject(), kSubjectBytes)),
                  .origin = "person"};
  Submit(order);
}

void MailOrders::Submit(const OrderPtr& order) {
  routing::v1::SubmitContactRequest request;
  request.set_request_id(order->request_id);
  request.set_channel(type::v1::CHANNEL_EMAIL);
  request.set_queue(order->queue);
  request.set_external_id(ToExternalId(order->about.thread));
  if (order->customer_id.empty()) {
    request.mutable_from()->mutable_identity()->set_kind("email");
    request.mutable_from()->mutable_identity()->set_value(ToLower(order->about.from));
  } else {
    request.set_customer_id(order->customer_id);
  }
  request.set_subject(order->about.subject);
  request.set_prefer(order->by);
  request.mutable_prefer_for()->set_seconds(kPreferSeconds);
  for (const auto& [key, value] : ToAttributes(order->about)) {
    (*request.mutable_attributes())[key] = value;
  }
  (*request.mutable_attributes())["direction"] = "outbound";
  desk_.routing->Submit(
      std::move(request), desk_.Alive([this, order](const Result<ContactResult>& result) {
        if (!result.ok()) return Answer(*order, result.error());
        order->contact_id = result->contact_id();
        desk_.MeetTalk(order->contact_id, order->about, desk_.clock.Now()).queue = order->queue;
        Open(order);
      }));
}

// A conversation that the customer has not begun begins with a word of ours: from its mark on what
// agents say is mailed, also after a restart.
void MailOrders::Open(const OrderPtr& order) {
  Message message;
  message.set_contact_id(order->contact_id);
  message.set_client_id("mail-new");
  message.set_text("A new mail to " + order->about.from + ".");
  message.mutable_author()->set_side(Author::SIDE_SYSTEM);
  desk_.conversations->Append(std::move(message),
                              desk_.Alive([this, order](const Result<Message>& appended) {
                                if (!appended.ok()) return Answer(*order, appended.error());
                                desk_.KeepOnRoll(order->contact_id, [](const Result<void>&) {});
                                context::v1::Mark mark;
                                mark.set_side(Author::SIDE_CUSTOMER);
                                mark.set_read_up_to(appended->id());
                                desk_.conversations->SetMark(order->contact_id, mark);
                                Pull(order);
                              }));
}

void MailOrders::Pull(const OrderPtr& order) {
  PullContactRequest request;
  request.set_request_id(io::RandomId());
  request.set_agent_id(order->by);
  request.set_contact_id(order->contact_id);
  io::CallOptions options;
  options.token = desk_.route.token();
  options.timeout = kAnswerWithin;
  io::CallUnary<PullContactRequest, PullContactResponse>(
      desk_.loop, options, std::move(request),
      [stub = &desk_.route.road.Stub<agents::v1::AgentService>()](auto* context, auto* req,
                                                                  auto* resp, auto finished) {
        stub->async()->PullContact(context, req, resp, std::move(finished));
      },
      desk_.Alive([this, order](const Result<PullContactResponse>& pulled) {
        if (!pulled.ok() && pulled.error().reason == "OFFERED") return Accept(order);
        // Or it went on since the same order came before.
        const bool is_there = pulled.ok() || pulled.error().reason == "TAKEN" ||
                              pulled.error().reason == "WRONG_STATE" ||
                              pulled.error().reason == "NOT_WAITING";
        if (is_there) return Answer(*order, {});
        Answer(*order, pulled.error());
        routing::v1::CancelContactRequest cancel;
        cancel.set_contact_id(order->contact_id);
        cancel.set_note("the agent who began it could not take it");
        desk_.routing->Cancel(std::move(cancel), {});
      }));
}

// The queue was faster and asks her already: it is what she wanted.
void MailOrders::Accept(const OrderPtr& order) {
  AcceptOfferRequest request;
  request.set_request_id(io::RandomId());
  request.set_agent_id(order->by);
  request.set_contact_id(order->contact_id);
  io::CallOptions options;
  options.token = desk_.route.token();
  options.timeout = kAnswerWithin;
  io::CallUnary<AcceptOfferRequest, AcceptOfferResponse>(
      desk_.loop, options, std::move(request),
      [stub = &desk_.route.road.Stub<agents::v1::AgentService>()](auto* context, auto* req,
                                                                  auto* resp, auto finished) {
        stub->async()->AcceptOffer(context, req, resp, std::move(finished));
      },
      // Where she is not the one who is asked, or was faster, she finds it offered or has it.
      desk_.Alive([this, order](const Result<AcceptOfferResponse>& accepted) {
        if (!accepted.ok()) {
          io::LogError(io::LogLevel::kInfo, "begun_mail_not_accepted", accepted.error(),
                       {{"contact", order->contact_id}});
        }
        Answer(*order, {});
      }));
}

void MailOrders::Answer(const Order& order, const Result<void>& done) {
  routing::v1::CallOrderResult result;
  result.set_tag(order.tag);
  result.set_contact_id(order.contact_id);
  if (!done.ok()) {
    result.set_code(static_cast<std::uint32_t>(done.error().code));
    result.set_reason(done.error().reason);
    result.set_message(done.error().message + "; " + done.error().next_step);
  }
  desk_.routing->AnswerOrder(std::move(result));
}

}  // namespace usher::email
