// SPDX-License-Identifier: Apache-2.0
#include "router/history/past.h"

#include <algorithm>
#include <type_traits>
#include <utility>

#include "router/history/instant_text.h"

namespace usher::history {

namespace {

using engine::Event;

template <class Field>
bool Mentions(const Event& event, Field field) {
  return std::visit([&](const auto& body) { return field(body); }, event.body);
}

bool IsOf(const Event& event, ContactId contact) {
  return Mentions(event, [&](const auto& body) {
    if constexpr (requires { body.contact; }) return body.contact == contact;
    return false;
  });
}

// The offer that an event is about; none for other events, and for an assignment by a pull.
OfferId OfferOf(const Event& event) {
  return std::visit(
      [](const auto& body) -> OfferId {
        if constexpr (requires { body.offer; }) return body.offer;
        return {};
      },
      event.body);
}

const engine::Offered* AsOffered(const Event& event) {
  return std::get_if<engine::Offered>(&event.body);
}

Error Unknown(const char* reason, const std::string& what) {
  return {Code::kNotFound, reason, what, "look at the id; ids are given by domain"};
}

Error Diverged(const std::string& what) {
  return {Code::kInternal, "HISTORY_DIVERGED",
          "the events of " + what + " do not fit the state that they were made from",
          "keep the log of this router and report it"};
}

// Which offer of a contact's life tells most: the last that was accepted, else the last.
OfferId TellingOffer(const std::vector<PastEvent>& life) {
  OfferId last;
  for (auto past = life.rbegin(); past != life.rend(); ++past) {
    const auto* assigned = std::get_if<engine::Assigned>(&past->event.body);
    if (assigned != nullptr && assigned->offer) return assigned->offer;
    if (!last && AsOffered(past->event) != nullptr) last = OfferOf(past->event);
  }
  return last;
}

}  // namespace

Result<Answer> Past::Find(const Question& question) {
  Result<store::PastExtent> extent = reader_.Extent();
  if (!extent) return extent.error();
  extent_ = *std::move(extent);
  return std::visit([this](const auto& ask) { return Explain(ask); }, question);
}

Result<void> Past::Read(store::CommitSeq after, const Take& take) {
  while (after < extent_.last_seq) {
    Result<std::vector<store::StoredCommit>> page = reader_.ReadCommits(after);
    if (!page) return page.error();
    if (page->empty()) return {};
    for (store::StoredCommit& commit : *page) {
      if (commit.seq > extent_.last_seq) return {};
      for (Event& event : commit.batch.events) {
        if (!take({commit.seq, std::move(event)})) return {};
      }
      after = commit.seq;
    }
  }
  return {};
}

Error Past::Gone(const std::string& what) const {
  const std::string since = extent_.starts.empty()
                                ? "nothing can be explained yet"
                                : "the past is kept since " + ToText(extent_.starts.front().now);
  return {Code::kFailedPrecondition, "HISTORY_GONE", what + " is no longer kept; " + since,
          "ask for something later"};
}

Result<engine::Engine> Past::Restore(const store::PastStart& start) {
  if (start.bytes > rows_bytes_max_) {
    return Error{Code::kResourceExhausted, "HISTORY_TOO_LARGE",
                 "the domain's rows take " + std::to_string(start.bytes) +
                     " bytes, more than is read for an explanation",
                 "split the domain"};
  }
  Result<store::PastRows> rows = reader_.ReadRows(start);
  if (!rows) return rows.error();
  if (rows->empty) return engine::Engine();
  return engine::Engine::Restore(std::move(rows->domain), std::move(rows->queues),
                                 std::move(rows->agents), std::move(rows->contacts));
}

// --- Offers -------------------------------------------------------------------------------------

Result<Answer> Past::Explain(const AskOffer& ask) {
  Result<OfferAnswer> answer = ExplainOffer(ask.offer);
  if (!answer) return answer.error();
  return Answer(*std::move(answer));
}

Result<OfferAnswer> Past::ExplainOffer(OfferId offer) {
  const std::string name = "offer o" + std::to_string(offer.value());
  const auto after = std::ranges::find_if(extent_.starts, [&](const store::PastStart& start) {
    return start.next_offer > offer.value();
  });
  if (after == extent_.starts.begin()) return Gone(name);
  const store::PastStart& start = *std::prev(after);
  Result<engine::Engine> engine = Restore(start);
  if (!engine) return engine.error();

  std::optional<engine::OfferExplanation> explanation;
  OfferAnswer answer;
  const Result<void> read = Read(start.seq, [&](const PastEvent& past) {
    const engine::Offered* offered = AsOffered(past.event);
    if (answer.made.sequence == 0) {
      if (offered == nullptr || offered->offer != offer) {
        engine->Evolve(past.event);
        return true;
      }
      answer.made = past;
      explanation = engine->ExplainOffer(*offered, past.event.at);
      return explanation.has_value();
    }
    if (OfferOf(past.event) == offer) answer.ended = past;
    return !answer.ended;
  });
  if (!read) return read.error();
  if (answer.made.sequence == 0) return Unknown("UNKNOWN_OFFER", "there is no " + name);
  if (!explanation) return Diverged(name);
  answer.explanation = *std::move(explanation);
  return answer;
}

// --- Contacts -----------------------------------------------------------------------------------

Result<Answer> Past::Explain(const AskContact& ask) {
  const std::string name = "contact c" + std::to_string(ask.contact.value());
  ContactAnswer answer;
  answer.contact = ask.contact;
  answer.at = ask.at;
  const Result<const store::PastStart*> at = StartAt(ask.at);
  if (!at) return at.error();

  // From before it was submitted, where that is still kept.
  auto start = std::ranges::find_if(extent_.starts, [&](const store::PastStart& one) {
    return one.next_contact > ask.contact.value();
  });
  answer.life_is_whole = start != extent_.starts.begin();
  if (answer.life_is_whole) --start;
  bool closed = false;
  const Result<void> read = Read(start->seq, [&](const PastEvent& past) {
    if (past.event.at > ask.at) return false;
    if (!IsOf(past.event, ask.contact)) return true;
    if (answer.life.size() == kLifeMax) {
      answer.life.erase(answer.life.begin());
      answer.life_is_whole = false;
    }
    answer.life.push_back(past);
    closed = std::holds_alternative<engine::Closed>(past.event.body);
    return !closed;
  });
  if (!read) return read.error();

  if (!closed) {
    const Result<engine::Engine> engine = EngineAt(ask.at);
    if (!engine) return engine.error();
    answer.open = engine->ExplainContact(ask.contact, ask.at);
    if (!answer.open && ask.contact.value() >= engine->Row().next_contact) {
      return Unknown("UNKNOWN_CONTACT", "there was no " + name + " at " + ToText(ask.at));
    }
    if (!answer.open) return Gone(name);
  }
  if (const OfferId offer = TellingOffer(answer.life)) {
    Result<OfferAnswer> explained = ExplainOffer(offer);
    if (!explained && explained.error().reason != "HISTORY_GONE") return explained.error();
    if (explained) answer.offer = *std::move(explained);
  }
  return Answer(std::move(answer));
}

// --- Moments ------------------------------------------------------------------------------------

Result<const store::PastStart*> Past::StartAt(Instant at) const {
  if (at > now_) {
    return Error{Code::kInvalidArgument, "IN_THE_FUTURE", ToText(at) + " has not come yet",
                 "give an instant of the past, or none for now"};
  }
  const auto after = std::ranges::find_if(
      extent_.starts, [&](const store::PastStart& start) { return start.now > at; });
  if (after == extent_.starts.begin()) return Gone(ToText(at));
  return &*std::prev(after);
}

Result<engine::Engine> Past::EngineAt(Instant at) {
  const Result<const store::PastStart*> start = StartAt(at);
  if (!start) return start.error();
  Result<engine::Engine> engine = Restore(**start);
  if (!engine) return engine.error();
  const Result<void> read = Read((*start)->seq, [&](const PastEvent& past) {
    if (past.event.at > at) return false;
    engine->Evolve(past.event);
    return true;
  });
  if (!read) return read.error();
  return engine;
}

Result<Answer> Past::Explain(const AskAgent& ask) {
  const Result<engine::Engine> engine = EngineAt(ask.at);
  if (!engine) return engine.error();
  std::optional<engine::AgentExplanation> explanation = engine->ExplainAgent(ask.agent, ask.at);
  if (!explanation) {
    return Unknown("UNKNOWN_AGENT",
                   "there was no agent \"" + ask.agent.value() + "\" at " + ToText(ask.at));
  }
  return Answer(AgentAnswer{*std::move(explanation)});
}

}  // namespace usher::history
