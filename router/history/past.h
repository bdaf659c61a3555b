// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>
#include <optional>

#include "base/result.h"
#include "router/engine/engine.h"
#include "router/history/answers.h"
#include "router/store/past_reader.h"

namespace usher::history {

// Answers questions about what a domain was: finds the checkpoint before the moment in question,
// restores an engine from it, folds the log up to that moment, and asks that engine. It is the code
// that routed then, over the events that it made then, so the answer is what was the case and not
// what is remembered of it.
//
// Refuses: NOT_FOUND (UNKNOWN_OFFER, UNKNOWN_CONTACT, UNKNOWN_AGENT), FAILED_PRECONDITION/
// HISTORY_GONE with the oldest instant that can still be explained, INVALID_ARGUMENT/IN_THE_FUTURE,
// RESOURCE_EXHAUSTED/HISTORY_TOO_LARGE beyond `rows_bytes_max`, and what the reader says.
class Past {
 public:
  // `now` bounds what can be asked. The log is read as far as it goes at the first question.
  Past(store::PastReader& reader, Instant now, std::size_t rows_bytes_max)
      : reader_(reader), now_(now), rows_bytes_max_(rows_bytes_max) {}

  Result<Answer> Find(const Question& question);

 private:
  // Gives every event after `start`; ends when `take` says so (true: go on).
  using Take = std::function<bool(const PastEvent& event)>;
  Result<void> Read(store::CommitSeq after, const Take& take);

  Result<Answer> Explain(const AskOffer& ask);
  Result<Answer> Explain(const AskContact& ask);
  Result<Answer> Explain(const AskAgent& ask);

  Result<OfferAnswer> ExplainOffer(OfferId offer);
  Result<const store::PastStart*> StartAt(Instant at) const;
  Result<engine::Engine> Restore(const store::PastStart& start);
  Result<engine::Engine> EngineAt(Instant at);
  Error Gone(const std::string& what) const;

  store::PastReader& reader_;
  const Instant now_;
  const std::size_t rows_bytes_max_;
  store::PastExtent extent_;
};

}  // namespace usher::history
