// SPDX-License-Identifier: Apache-2.0
#include "router/service/routing_stream.h"

#include <algorithm>
#include <unordered_map>
#include <utility>
#include <variant>

#include "base/io/log.h"
#include "router/service/refusals.h"
#include "router/service/text_ids.h"
#include "router/service/wire.h"

namespace usher::service {

namespace {

// Customers further back are told no place: it would change by the second and mean nothing.
constexpr std::size_t kPlacesPerQueueMax = 200;
constexpr Duration kPlaceInterval{1'000};
constexpr std::size_t kPlacesPerMessage = 2'000;
constexpr std::size_t kSnapshotBytesPerMessage = 1 << 20;

// Long enough to tell one customer from another.
constexpr std::size_t kPrefixBytesMin = 8;

}  // namespace

RoutingStream::RoutingStream(DomainNode& node, CallDesk& calls, AdapterStandbys& standbys,
                             const io::CallContext& call, Stream& stream)
    : node_(node),
      calls_(calls),
      standbys_(standbys),
      call_(call),
      stream_(stream),
      answers_(node.intake, call.claims,
               {.told = [this] { stream_.Wake(); },
                .room = [this] { stream_.ReadNext(); },
                .note =
                    [](const runtime::Answer& answer, routing::v1::ContactResult& result) {
                      result.set_contact_id(ToText(answer.outcome.contact));
                    }}),
      reconciliation_(node.runtime, call.claims.subject, [this] { stream_.Wake(); }),
      outbox_(node.readers.events_max),
      orders_(node.runtime.loop(), call.claims.subject, [this] { stream_.Wake(); }),
      place_timer_(node.runtime.loop()),
      alive_(std::make_shared<int>(0)) {
  stream_.SetStallLimit(node_.readers.stall_limit);
}

RoutingStream::~RoutingStream() {
  // Whoever took the name over has the adapter now; a router that leads no more has nothing to say.
  const bool was_its_stream = node_.hub.IsAdapter(adapter_, *this);
  calls_.Disconnect(adapter_, this);
  node_.hub.Unsubscribe(*this);
  standbys_.Remove(*this);
  if (was_its_stream && node_.runtime.leading()) SetAdapter(engine::Connection::kLost);
  standbys_.Leave(adapter_, this);
}

void RoutingStream::SetAdapter(engine::Connection connection) {
  runtime::Request request;
  request.command = engine::SetAdapter{adapter_, connection, {}};
  request.done = [adapter = adapter_](const Result<runtime::Answer>& answer) {
    if (answer.ok() && answer->outcome.ok()) return;
    const Error error = answer.ok() ? ToError(answer->outcome) : answer.error();
    io::LogError(io::LogLevel::kWarning, "adapter_untold", error, {{"adapter", adapter}});
  };
  node_.runtime.Execute(std::move(request));
}

bool RoutingStream::OnMessage(routing::v1::RouteContactsRequest&& message) {
  if (stands_by_) return RefuseWords();
  if (adapter_.empty()) {
    if (Result<void> opened = Open(message.hello()); !opened.ok()) {
      stream_.Finish(opened);
      return false;
    }
  }
  if (stands_by_) {
    const bool says_more = message.commands_size() > 0 || message.calls_size() > 0 ||
                           message.order_results_size() > 0 || message.has_held();
    return !says_more || RefuseWords();
  }
  if (auto checked = answers_.CheckCount(message.commands_size()); !checked.ok()) {
    stream_.Finish(checked);
    return false;
  }
  for (const routing::v1::ContactCommand& command : message.commands()) Run(command);
  TakeCalls(message);
  if (message.has_held()) {
    if (Result<void> taken = reconciliation_.Take(message.held()); !taken.ok()) {
      stream_.Finish(taken);
      return false;
    }
  }
  return answers_.MayReadOn();
}

void RoutingStream::TakeCalls(routing::v1::RouteContactsRequest& message) {
  if (cut_) return;
  for (routing::v1::CallState& state : *message.mutable_calls()) {
    calls_.TellState(adapter_, std::move(state));
  }
  for (const routing::v1::CallOrderResult& result : message.order_results()) {
    calls_.TakeResult(orders_, result);
  }
}

Result<void> RoutingStream::Open(const routing::v1::RouteContactsHello& hello) {
  if (hello.adapter().empty()) {
    return Error{Code::kInvalidArgument, "MISSING_HELLO",
                 "the first message has no hello with an adapter's name",
                 "send {hello: {adapter: \"...\"}} first"};
  }
  if (hello.adapter() != call_.claims.subject) {
    return Error{Code::kPermissionDenied, "NOT_YOUR_NAME",
                 "the token speaks for " + call_.claims.subject + ", not for " + hello.adapter(),
                 "use the token's subject as the adapter's name"};
  }
  if (!node_.runtime.leading()) return node_.runtime.WhyNotLeading();
  if (hello.standby() && standbys_.HasName(hello.adapter())) {
    if (auto waits = standbys_.Add(hello.adapter(), *this); !waits.ok()) return waits;
    stands_by_ = tell_standing_by_ = true;
    stream_.Wake();
  }
  adapter_ = hello.adapter();
  hello_ = hello;
  if (!stands_by_) TakeName();
  return {};
}

void RoutingStream::TakeName() {
  standbys_.Take(adapter_, this);
  node_.hub.SubscribeAdapter(adapter_, *this);
  calls_.Connect(adapter_, this, orders_,
                 {.calls = hello_.takes_call_orders(), .mails = hello_.takes_mail_orders()});
  SetAdapter(engine::Connection::kBack);
  if (hello_.has_after_sequence()) {
    Resume(hello_.after_sequence());
  } else {
    StartWithSnapshot();
  }
}

// A stream that is ending takes its turn all the same, and passes it on when it is gone.
void RoutingStream::OnTurn() {
  stands_by_ = tell_standing_by_ = false;
  TakeName();
}

bool RoutingStream::RefuseWords() {
  standbys_.Remove(*this);
  stream_.Finish(Error{Code::kFailedPrecondition, "STANDS_BY",
                       "adapter " + adapter_ + " stands by and says more than its hello",
                       "say nothing until the welcome"});
  return false;
}

// Live events are held back until the replay has been told; what the log holds up to now and what
// is told from now on meet without a gap.
void RoutingStream::Resume(store::CommitSeq after) {
  skip_ = {.sequence = node_.runtime.told_sequence()};
  told_up_to_ = skip_.sequence;
  ReadReplay(node_.runtime, after, told_up_to_, LongReplay::kRefused, alive_,
             [this](auto replayed) { OnReplayed(std::move(replayed)); });
}

void RoutingStream::OnReplayed(Result<Replayed> replayed) {
  if (!replayed.ok()) {
    StartWithSnapshot();
    return;
  }
  // The index knows open contacts only, and with whom they are at the end of this. Whose they are
  // at its start stands where they begin, where they go elsewhere, and where they end. That may
  // have been told while the log was read: then it is held back here.
  std::unordered_map<ContactId, bool> mine;
  const std::vector<EventRef> events = EventsOf(*replayed);
  const auto learn = [&](const engine::Event& event) {
    if (const auto* submitted = std::get_if<engine::Submitted>(&event.body)) {
      mine[submitted->contact] = submitted->adapter == adapter_;
    } else if (const auto* claimed = std::get_if<engine::Claimed>(&event.body)) {
      mine.try_emplace(claimed->contact, claimed->from == adapter_);
    } else if (const auto* closed = std::get_if<engine::Closed>(&event.body)) {
      mine.try_emplace(closed->contact, closed->adapter == adapter_);
    }
  };
  for (const EventRef& ref : events) learn(ref.event());
  for (const EventRef& ref : held_back_) learn(ref.event());
  for (const EventRef& ref : events) {
    const engine::Event& event = ref.event();
    const ContactId contact = ContactOf(event);
    const auto known = mine.find(contact);
    const IndexedContact* open = node_.hub.index().Find(contact);
    bool wanted =
        known != mine.end() ? known->second : open != nullptr && open->adapter == adapter_;
    if (const auto* claimed = std::get_if<engine::Claimed>(&event.body)) {
      mine[contact] = claimed->adapter == adapter_;
      wanted |= mine[contact];
    }
    if (wanted) outbox_.PushReplayed(ref);
  }
  routing::v1::RouteContactsWelcome welcome;
  welcome.set_resumed(true);
  Welcome(std::move(welcome));
}

void RoutingStream::StartWithSnapshot() {
  const engine::Engine& engine = node_.runtime.engine();
  auto welcome = std::make_shared<routing::v1::RouteContactsWelcome>();
  for (const ContactId id : engine.Contacts()) {
    const auto row = engine.FindContact(id);
    if (row && row->adapter == adapter_) {
      FillContact(*row, engine.now(), *welcome->add_contacts());
      if (row->waiting_since) waiting_[id].queue = row->queue;
    }
  }
  const runtime::LogPosition exact_at = node_.runtime.decided();
  node_.runtime.AfterCommit(
      [this, welcome, exact_at, alive = std::weak_ptr(alive_)](Result<void> durable) {
        if (alive.expired() || !durable.ok()) return;  // OnCut tells why
        skip_ = exact_at;
        told_up_to_ = exact_at.sequence;
        Welcome(std::move(*welcome));
      });
}

void RoutingStream::Welcome(routing::v1::RouteContactsWelcome welcome) {
  welcome_ = std::move(welcome);
  welcomed_ = true;
  for (const EventRef& event : std::exchange(held_back_, {})) {
    OnEvent(event);
  }
  stream_.Wake();
}

void RoutingStream::Run(const routing::v1::ContactCommand& command) {
  using routing::v1::ContactCommand;
  switch (command.command_case()) {
    case ContactCommand::kSubmit:
      return answers_.Decide(command.tag(), command.submit());
    case ContactCommand::kCancel:
      return answers_.Decide(command.tag(), command.cancel());
    case ContactCommand::kAbandon:
      return answers_.Decide(command.tag(), command.abandon());
    case ContactCommand::kTransfer:
      return answers_.Decide(command.tag(), command.transfer());
    case ContactCommand::kComplete:
      return answers_.Decide(command.tag(), command.complete());
    case ContactCommand::kUpdate:
      return answers_.Decide(command.tag(), command.update());
    case ContactCommand::kClaim:
      return Claim(command.tag(), command.claim());
    case ContactCommand::COMMAND_NOT_SET:
      break;
  }
  answers_.AnswerMissingCommand(command.tag());
}

void RoutingStream::Claim(std::uint64_t tag, const routing::v1::ClaimContactRequest& claim) {
  if (!claim.contact_id().empty()) return answers_.Decide(tag, claim);
  if (claim.external_id_prefix().size() < kPrefixBytesMin) {
    return answers_.Answer(tag,
                           Error{Code::kInvalidArgument, "PREFIX_TOO_SHORT",
                                 "a claim names neither a contact nor enough of its external id",
                                 "set contact_id, or 8 bytes of external_id_prefix"});
  }
  const Result<engine::Channel> channel = ParseChannel(claim.channel());
  if (!channel.ok()) return answers_.Answer(tag, channel.error());
  const ContactId found = node_.hub.index().FindByPrefix(*channel, claim.external_id_prefix());
  if (!found) {
    return answers_.Answer(
        tag, Error{Code::kNotFound, "UNKNOWN_CONTACT",
                   "no open contact has an external id that begins so", "submit a new one"});
  }
  routing::v1::ClaimContactRequest named = claim;
  named.set_contact_id(ToText(found));
  answers_.Decide(tag, named);
}

bool RoutingStream::Fill(routing::v1::RouteContactsResponse& message) {
  // Results may be told before the welcome; a stream that was refused its hello has none.
  const bool tell_events = welcomed_;
  message.set_standing_by(std::exchange(tell_standing_by_, false));
  answers_.Fill(*message.mutable_results());
  if (welcome_ && FillWelcome(*message.mutable_welcome())) return true;
  reconciliation_.Fill(message);
  if (tell_events) {
    const bool more = outbox_.Fill(*message.mutable_events());
    if (!more) FillPlaces(*message.mutable_events());
    told_up_to_ = std::max(told_up_to_, outbox_.last_sequence());
    // Of a replay that takes several messages, only what is in them so far may be resumed after.
    message.set_sequence(more ? outbox_.last_sequence() : told_up_to_);
    // An order may be about what only just happened.
    if (!more) orders_.Fill(*message.mutable_call_orders());
  }
  return message.has_welcome() || message.results_size() > 0 || message.events_size() > 0 ||
         message.has_reconciled() || message.call_orders_size() > 0 || message.standing_by();
}

// True when more of the snapshot is left: its sequence and its events follow with the last part.
bool RoutingStream::FillWelcome(routing::v1::RouteContactsWelcome& part) {
  part.set_resumed(welcome_->resumed());
  std::size_t bytes = 0;
  auto& contacts = *welcome_->mutable_contacts();
  while (told_contacts_ < contacts.size() && bytes < kSnapshotBytesPerMessage) {
    routing::v1::Contact& contact = contacts[told_contacts_++];
    bytes += contact.ByteSizeLong();
    part.add_contacts()->Swap(&contact);
  }
  if (told_contacts_ < contacts.size()) {
    part.set_more_contacts(true);
    return true;
  }
  welcome_.reset();
  return false;
}

void RoutingStream::FillPlaces(google::protobuf::RepeatedPtrField<routing::v1::Event>& events) {
  const std::size_t count = std::min(places_.size(), kPlacesPerMessage);
  for (std::size_t i = 0; i < count; ++i) *events.Add() = std::move(places_[i]);
  places_.erase(places_.begin(), places_.begin() + static_cast<std::ptrdiff_t>(count));
}

void RoutingStream::OnEvent(const EventRef& event) {
  if (cut_) return;
  if (!welcomed_) {
    if (held_back_.size() >= node_.readers.events_max) return CutAsTooSlow();
    held_back_.push_back(event);
    return;
  }
  NotePlace(event);
  if (skip_.IsBehind(*event.told, event.index)) return;  // in the snapshot or the replay
  if (!outbox_.Push(event)) CutAsTooSlow();
}

void RoutingStream::OnCommitEnd(store::CommitSeq) {
  if (welcomed_) stream_.Wake();
}

void RoutingStream::NotePlace(const EventRef& ref) {
  const engine::Event& event = ref.event();
  if (const auto* queued = std::get_if<engine::Queued>(&event.body)) {
    waiting_[queued->contact] = {queued->queue, 0};
  } else if (const auto* moved = std::get_if<engine::Overflowed>(&event.body)) {
    waiting_[moved->contact] = {moved->queue, 0};
  } else if (const auto* assigned = std::get_if<engine::Assigned>(&event.body)) {
    waiting_.erase(assigned->contact);
  } else if (const auto* closed = std::get_if<engine::Closed>(&event.body)) {
    waiting_.erase(closed->contact);
  }
}

void RoutingStream::OnQueueMoved(const QueueId& queue) {
  if (waiting_.empty()) return;
  moved_queues_.insert(queue);
  if (!place_timer_.pending()) {
    // The first change is told soon, further ones at most once an interval.
    place_timer_.Start(places_.empty() ? Duration{50} : kPlaceInterval, [this] { TellPlaces(); });
  }
}

void RoutingStream::TellPlaces() {
  if (!node_.runtime.leading() || cut_) return;
  if (!places_.empty()) {  // not taken yet; the newest are told once they are
    place_timer_.Start(kPlaceInterval, [this] { TellPlaces(); });
    return;
  }
  const engine::Engine& engine = node_.runtime.engine();
  for (const QueueId& queue : std::exchange(moved_queues_, {})) {
    std::uint32_t position = 0;
    for (const ContactId id : engine.WaitingIn(queue, kPlacesPerQueueMax)) {
      ++position;
      const auto mine = waiting_.find(id);
      if (mine == waiting_.end() || mine->second.told_position == position) continue;
      mine->second.told_position = position;
      routing::v1::Event& event = places_.emplace_back();
      event.set_contact_id(ToText(id));
      event.set_queue(queue.value());
      *event.mutable_at() = ToTimestamp(engine.now());
      event.mutable_place()->set_position(position);
      if (const auto wait = engine.EstimatedWaitOf(id)) {
        FillWaitEstimate(*wait, *event.mutable_place()->mutable_estimated_wait());
      }
    }
  }
  if (places_.empty()) return;
  place_timer_.Start(kPlaceInterval, [this] {
    if (!moved_queues_.empty()) TellPlaces();
  });
  stream_.Wake();
}

// An adapter that says no more answers no orders either.
void RoutingStream::OnHalfClose() {
  calls_.Disconnect(adapter_, this);
  orders_.Fail();
  stream_.Finish({});
}

void RoutingStream::OnCut(const Error& why) {
  DropWhatWaits();
  stream_.Finish(why);
}

void RoutingStream::DropWhatWaits() {
  cut_ = true;
  outbox_.Clear();
  held_back_ = {};
  places_ = {};
  welcome_.reset();
  calls_.Disconnect(adapter_, this);
  orders_.Fail();
}

// The adapter connects again and resumes from the last commit that it dealt with.
void RoutingStream::CutAsTooSlow() {
  if (cut_) return;
  node_.slow_readers.CountCut(node_.runtime.domain(), "route_contacts");
  DropWhatWaits();
  stream_.Abort(TooSlow());
}

}  // namespace usher::service
