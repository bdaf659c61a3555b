// SPDX-License-Identifier: Apache-2.0
#include "router/simulation/simulation_run.h"

#include <algorithm>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "base/check.h"
#include "router/engine/engine.h"
#include "router/simulation/arrivals.h"
#include "router/simulation/contact_window.h"
#include "router/simulation/happening.h"
#include "router/simulation/random_stream.h"

namespace usher::simulation {
namespace {

using engine::Refusal;

constexpr std::uint64_t kProgressEvery = 65'536;  // happenings

Duration Part(Duration whole, double factor) {
  const double ms = static_cast<double>(whole.count()) * factor + 0.5;
  return std::min(Duration{static_cast<std::int64_t>(ms)}, Distribution::kSpanMax);
}

class Run {
 public:
  Run(const engine::Domain& domain, const Traffic& traffic, const RunOptions& options)
      : domain_(domain),
        traffic_(traffic),
        options_(options),
        key_(Under(0, options.seed)),
        window_{traffic.start + traffic.warm_up, traffic.end()},
        tally_(domain, window_),
        agents_(domain.agents.size()) {
    for (std::size_t i = 0; i < domain.agents.size(); ++i) agent_index_[domain.agents[i].id] = i;
  }

  Result<RunResult> Go() {
    Begin();
    while (!error_) {
      const Instant timer = engine_.NextDeadline();
      const Instant deed = agenda_.empty() ? kNever : agenda_.next().at;
      // Timers come before commands of the same instant.
      const Instant now = std::min(timer, deed);
      if (now >= window_.end) break;
      if (!Count(now)) break;
      if (timer <= deed) {
        engine_.Advance(timer, events_);
        Digest();
      } else {
        Do(agenda_.Take());
      }
    }
    if (error_) return *error_;
    tally_.Finish();
    return RunResult{.tally = std::move(tally_), .redials = redials_, .happenings = happenings_};
  }

 private:
  struct Contact {
    RandomKey key = 0;  // the customer's
    std::uint64_t number = 0;
    std::uint32_t stream = 0;
    std::uint32_t attempt = 0;
    std::uint32_t waits = 0;   // times that she began to wait; a new patience each
    std::uint32_t offers = 0;  // made so far
    std::uint32_t talks = 0;   // conversations so far
    std::uint32_t turn = 0;    // grows with each change of hands; what was planned before is stale
    std::uint32_t agent = 0;
    engine::Channel channel = engine::Channel::kVoice;
    QueueId queue{};
    Duration left{0};  // of a conversation that a hold cut in two
    bool cut = false;
  };

  struct Agent {
    std::size_t duty = 0;   // the one in force, in her rota
    std::int32_t work = 0;  // conversations, held contacts, wrap-ups
    std::uint32_t losses = 0;
    std::uint32_t returns = 0;
    engine::Presence presence = engine::Presence::kOffline;
    bool missed_out = false;  // not ready because she missed offers
    std::optional<Instant> console_back{};
  };

  // --- The frame.

  void Begin() {
    engine::Domain seeded = domain_;
    seeded.seed ^= Under(key_, "domain");
    Execute(engine::ApplyDomain{std::move(seeded), 1}, traffic_.start, {});
    for (std::size_t i = 0; i < agents_.size(); ++i) {
      PlanDuty(i, 0);
      PlanLoss(i, traffic_.start);
    }
    arrivals_.reserve(traffic_.streams.size());
    for (std::size_t i = 0; i < traffic_.streams.size(); ++i) {
      const Stream& stream = traffic_.streams[i];
      arrivals_.emplace_back(stream, StreamKey(stream), traffic_.start);
      PlanArrival(i);
    }
  }

  bool Count(Instant now) {
    if (++happenings_ > kHappeningsMax) {
      Fail("TOO_MANY_HAPPENINGS",
           "more than " + std::to_string(kHappeningsMax) + " things happen in one run",
           "simulate a shorter time or fewer contacts");
      return false;
    }
    if (options_.on_progress && happenings_ % kProgressEvery == 0) {
      options_.on_progress(static_cast<double>((now - traffic_.start).count()) /
                           static_cast<double>(traffic_.duration.count()));
    }
    return true;
  }

  void Fail(std::string reason, std::string message, std::string next_step) {
    if (error_) return;
    error_ =
        Error{Code::kInvalidArgument, std::move(reason), std::move(message), std::move(next_step)};
  }

  // Some refusals are part of life: the other was faster. All others end the run.
  engine::Outcome Execute(const engine::Command& command, Instant now,
                          std::initializer_list<Refusal> expected) {
    const engine::Outcome outcome = engine_.Execute(command, now, events_);
    if (!outcome.ok() &&
        std::find(expected.begin(), expected.end(), *outcome.refusal) == expected.end()) {
      Fail("REFUSED",
           "the engine refused what happens in the simulation: " +
               std::string(ToString(*outcome.refusal)) + ": " + outcome.text,
           "check the traffic file against the domain");
    }
    if (options_.check_every != 0 && happenings_ % options_.check_every == 0) CheckState();
    return outcome;
  }

  void CheckState() const {
    const std::vector<std::string> broken = engine_.CheckState();
    USHER_CHECK(broken.empty(), broken.empty() ? "" : broken.front().c_str());
  }

  void ExecuteAndDigest(const engine::Command& command, Instant now,
                        std::initializer_list<Refusal> expected = {}) {
    Execute(command, now, expected);
    Digest();
  }

  // What people do about what happened.
  void Digest() {
    for (const engine::Event& event : events_) {
      tally_.Note(event);
      if (options_.on_event) options_.on_event(event);
      std::visit([&](const auto& body) { On(body, event.at); }, event.body);
    }
    events_.clear();
    while (!to_settle_.empty() && !error_) {
      const std::size_t agent = to_settle_.back();
      to_settle_.pop_back();
      MeetDuty(agent, engine_.now());
    }
  }

  void Do(const Happening& happening) {
    switch (happening.deed) {
      case Deed::kDuty:
        return BeginDuty(happening);
      case Deed::kConsoleLost:
        return LoseConsole(happening);
      case Deed::kConsoleBack:
        return RegainConsole(happening);
      case Deed::kReturn:
        return ReturnAfterMisses(happening);
      case Deed::kAnswer:
      case Deed::kReject:
        return Answer(happening);
      case Deed::kHold:
        return PutOnHold(happening);
      case Deed::kHoldEnds:
        return EndHold(happening);
      case Deed::kTalkEnds:
        return EndTalk(happening);
      case Deed::kExtend:
      case Deed::kWrapUpEnds:
        return ChangeWrapUp(happening);
      case Deed::kArrive:
        return Arrive(happening);
      case Deed::kRedial:
        return Submit(happening.agent, happening.detail, happening.turn, happening.at);
      case Deed::kAbandon:
        return Abandon(happening);
    }
  }

  template <class Body>
  void On(const Body&, Instant) {}

  const AgentId& IdOf(std::size_t agent) const { return domain_.agents[agent].id; }
  std::size_t IndexOf(const AgentId& agent) const { return agent_index_.at(agent); }
  const AgentHabits& HabitsOf(std::size_t agent) const { return traffic_.agents[agent]; }
  RandomKey StreamKey(const Stream& stream) const { return Under(Under(key_, 1), stream.name); }
  RandomKey KeyOf(std::size_t agent) const { return Under(Under(key_, 2), IdOf(agent).value()); }

  // The contact, where nothing has changed hands since the happening was planned.
  Contact* Fresh(const Happening& happening) {
    if (!contacts_.Has(happening.contact)) return nullptr;
    Contact& contact = contacts_.Get(happening.contact);
    return contact.turn == happening.turn ? &contact : nullptr;
  }

  // --- Customers.

  void PlanArrival(std::size_t stream) {
    const std::optional<Instant> at = arrivals_[stream].Next();
    if (!at) return;
    agenda_.Plan({.at = *at,
                  .deed = Deed::kArrive,
                  .agent = static_cast<std::uint32_t>(stream),
                  .detail = arrivals_[stream].number()});
  }

  void Arrive(const Happening& happening) {
    PlanArrival(happening.agent);
    Submit(happening.agent, happening.detail, 0, happening.at);
  }

  void Submit(std::uint32_t stream_index, std::uint64_t number, std::uint32_t attempt,
              Instant now) {
    if (++submitted_ > kContactsMax) {
      return Fail("TOO_MANY_CONTACTS",
                  "more than " + std::to_string(kContactsMax) + " contacts come in one run",
                  "simulate a shorter time, or let fewer call again");
    }
    const Stream& stream = traffic_.streams[stream_index];
    const RandomKey customer = Under(StreamKey(stream), number);
    newcomer_ = {.key = Under(customer, attempt),
                 .number = number,
                 .stream = stream_index,
                 .attempt = attempt,
                 .channel = stream.channel,
                 .queue = stream.queue};
    if (attempt > 0 && window_.Has(now)) ++redials_;
    Execute(CommandOf(stream, customer), now,
            {Refusal::kQueueFull, Refusal::kHoursClosed, Refusal::kNoAgents});
    if (engine_.contact_count() >= engine::kOpenContactsMax) {
      Fail("TOO_MANY_OPEN",
           std::to_string(engine::kOpenContactsMax) + " contacts are open at one time",
           "more come than are served: add agents, or patience");
    }
    Digest();
  }

  // The same customer is the same whenever she calls.
  static engine::Submit CommandOf(const Stream& stream, RandomKey customer) {
    engine::Submit submit{.channel = stream.channel,
                          .queue = stream.queue,
                          .priority = stream.priority,
                          .head_start = stream.head_start,
                          .requirement = stream.requirement,
                          .prefer_for = stream.prefer_for,
                          .wait_limit = stream.wait_limit,
                          .max_tier = stream.max_tier};
    if (stream.prefer.options.empty() && stream.attributes.empty() && stream.customer.empty()) {
      return submit;
    }
    RandomStream random(customer, Purpose::kFacts);
    if (const std::string* prefer = stream.prefer.Choose(random)) submit.prefer = AgentId{*prefer};
    for (const auto& [name, choice] : stream.attributes) {
      if (const std::string* text = choice.Choose(random)) submit.attributes[name] = *text;
    }
    for (const auto& [name, choice] : stream.customer) {
      if (const std::string* text = choice.Choose(random)) submit.customer_facts[name] = *text;
    }
    return submit;
  }

  void On(const engine::Submitted& event, Instant) {
    newcomer_.queue = event.queue;
    contacts_.Open(event.contact) = newcomer_;
  }

  void On(const engine::Queued& event, Instant now) {
    Contact& contact = contacts_.Get(event.contact);
    if (engine::IsBack(event.by)) LeaveAgent(contact);
    contact.queue = event.queue;
    ++contact.turn;
    const auto patience = ConductOf(contact, &Conduct::patience);
    const std::uint32_t wait = contact.waits++;
    if (!patience || patience->IsNever()) return;
    RandomStream random(contact.key, Purpose::kPatience, wait);
    Plan(Deed::kAbandon, event.contact, contact, now + patience->Sample(random));
  }

  void On(const engine::Overflowed& event, Instant) {
    contacts_.Get(event.contact).queue = event.queue;
  }

  void Abandon(const Happening& happening) {
    if (Fresh(happening) == nullptr) return;
    ExecuteAndDigest(engine::Abandon{happening.contact}, happening.at);
  }

  void On(const engine::Closed& event, Instant now) {
    PlanRedial(contacts_.Get(event.contact), event.outcome, now);
    contacts_.Close(event.contact);
  }

  void PlanRedial(const Contact& contact, engine::ContactOutcome outcome, Instant now) {
    const auto& redial = ConductOf(contact, &Conduct::redial);
    if (!redial || contact.attempt >= static_cast<std::uint32_t>(redial->limit)) return;
    const bool gives_cause =
        (outcome == engine::ContactOutcome::kAbandoned && redial->on_abandoned) ||
        (outcome == engine::ContactOutcome::kRefused && redial->on_refused) ||
        (outcome == engine::ContactOutcome::kTimedOut && redial->on_timed_out);
    if (!gives_cause) return;
    RandomStream random(contact.key, Purpose::kRedial);
    if (!random.Happens(redial->chance)) return;
    agenda_.Plan({.at = now + redial->after.Sample(random),
                  .deed = Deed::kRedial,
                  .agent = contact.stream,
                  .turn = contact.attempt + 1,
                  .detail = contact.number});
  }

  // The narrowest word about a contact where it is now.
  template <class Habit>
  const Habit& ConductOf(const Contact& contact, Habit Conduct::* habit) const {
    const Habit& own = traffic_.streams[contact.stream].conduct.*habit;
    if (own) return own;
    if (!traffic_.of_queue_channel.empty()) {
      const auto found = traffic_.of_queue_channel.find({contact.queue, contact.channel});
      if (found != traffic_.of_queue_channel.end() && found->second.*habit) {
        return found->second.*habit;
      }
    }
    if (!traffic_.of_queue.empty()) {
      const auto found = traffic_.of_queue.find(contact.queue);
      if (found != traffic_.of_queue.end() && found->second.*habit) return found->second.*habit;
    }
    if (!traffic_.of_channel.empty()) {
      const auto found = traffic_.of_channel.find(contact.channel);
      if (found != traffic_.of_channel.end() && found->second.*habit) return found->second.*habit;
    }
    return traffic_.conduct.*habit;
  }

  void Plan(Deed deed, ContactId id, const Contact& contact, Instant at) {
    agenda_.Plan({.at = at,
                  .deed = deed,
                  .agent = contact.agent,
                  .turn = contact.turn,
                  .contact = id,
                  .detail = 0});
  }

  // --- Offers.

  // The draws are the customer's, so that the same call is answered as fast on either side of a
  // comparison, whoever answers it.
  void On(const engine::Offered& event, Instant now) {
    Contact& contact = contacts_.Get(event.contact);
    const std::size_t agent = IndexOf(event.agent);
    const AgentHabits& habits = HabitsOf(agent);
    RandomStream random(contact.key, Purpose::kAnswer, contact.offers++);
    if (random.Happens(habits.miss)) return;
    const bool rejects = random.Happens(habits.reject);
    const Instant at = now + habits.answer.Sample(random);
    if (at >= event.deadline) return;  // too slow: it ends missed
    agenda_.Plan({.at = at,
                  .deed = rejects ? Deed::kReject : Deed::kAnswer,
                  .agent = static_cast<std::uint32_t>(agent),
                  .turn = 0,
                  .contact = event.contact,
                  .detail = event.offer.value()});
  }

  void Answer(const Happening& happening) {
    // Without her console she can say nothing; it may be back before the offer ends.
    if (const auto& back = agents_[happening.agent].console_back) {
      Happening later = happening;
      later.at = *back;
      agenda_.Plan(later);
      return;
    }
    const OfferId offer{happening.detail};
    const AgentId& agent = IdOf(happening.agent);
    const std::initializer_list<Refusal> too_late = {Refusal::kContactClosed, Refusal::kNotOffered,
                                                     Refusal::kOfferMissed,
                                                     Refusal::kOfferWithdrawn, Refusal::kTaken};
    if (happening.deed == Deed::kReject) {
      ExecuteAndDigest(engine::Reject{happening.contact, offer, agent, {}}, happening.at, too_late);
    } else {
      ExecuteAndDigest(engine::Accept{happening.contact, offer, agent}, happening.at, too_late);
    }
  }

  // --- Conversations.

  void On(const engine::Assigned& event, Instant now) {
    Contact& contact = contacts_.Get(event.contact);
    contact.agent = static_cast<std::uint32_t>(IndexOf(event.agent));
    contact.queue = event.queue;
    ++contact.turn;
    ++agents_[contact.agent].work;
    Talk(event.contact, contact, now);
  }

  void Talk(ContactId id, Contact& contact, Instant now) {
    if (contact.cut) {
      contact.cut = false;
      return Plan(Deed::kTalkEnds, id, contact, now + contact.left);
    }
    RandomStream random(contact.key, Purpose::kHandle, contact.talks);
    const auto& handle = ConductOf(contact, &Conduct::handle);
    USHER_CHECK(handle.has_value(), "a contact without a handle time");
    const Duration length = Part(handle->Sample(random), HabitsOf(contact.agent).pace);
    const auto& hold = ConductOf(contact, &Conduct::hold);
    RandomStream holding(contact.key, Purpose::kHold, contact.talks++);
    if (hold && holding.Happens(hold->chance)) {
      const Duration first = Part(length, holding.Fraction());
      contact.left = std::max(Duration{0}, length - first);
      return Plan(Deed::kHold, id, contact, now + first);
    }
    Plan(Deed::kTalkEnds, id, contact, now + length);
  }

  void PutOnHold(const Happening& happening) {
    if (Fresh(happening) == nullptr) return;
    ExecuteAndDigest(engine::Hold{happening.contact, IdOf(happening.agent)}, happening.at);
  }

  void On(const engine::HeldByAgent& event, Instant now) {
    Contact& contact = contacts_.Get(event.contact);
    ++contact.turn;
    contact.cut = true;
    const auto& hold = ConductOf(contact, &Conduct::hold);
    RandomStream random(contact.key, Purpose::kHold, 1000 + contact.talks);
    const Duration length = hold ? hold->length.Sample(random) : Duration{0};
    Plan(Deed::kHoldEnds, event.contact, contact, now + length);
  }

  // To its agent where she has room; else it waits for her first of all.
  void EndHold(const Happening& happening) {
    if (Fresh(happening) == nullptr) return;
    ExecuteAndDigest(engine::Resume{happening.contact, {}}, happening.at);
  }

  void On(const engine::Resumed& event, Instant now) {
    Contact& contact = contacts_.Get(event.contact);
    ++contact.turn;
    Talk(event.contact, contact, now);
  }

  void EndTalk(const Happening& happening) {
    const Contact* contact = Fresh(happening);
    if (contact == nullptr) return;
    const AgentId& agent = IdOf(happening.agent);
    if (const QueueId* to = PassOnTo(*contact)) {
      const engine::Transfer transfer{.contact = happening.contact, .to_queue = *to, .by = agent};
      const engine::Outcome outcome =
          Execute(transfer, happening.at,
                  {Refusal::kTransferLimit, Refusal::kEscalated, Refusal::kWrongChannel});
      Digest();
      if (outcome.ok()) return;
    }
    ExecuteAndDigest(engine::Complete{.contact = happening.contact, .agent = agent}, happening.at);
  }

  const QueueId* PassOnTo(const Contact& contact) const {
    const auto& ways = ConductOf(contact, &Conduct::pass_on);
    if (!ways) return nullptr;
    RandomStream random(contact.key, Purpose::kEnd, contact.talks);
    double left = random.Fraction() * 10'000;
    for (const PassOn& way : *ways) {
      left -= way.chance;
      if (left <= 0) return &way.to;
    }
    return nullptr;
  }

  void LeaveAgent(Contact& contact) { FinishWork(contact.agent); }

  void FinishWork(std::size_t agent) {
    --agents_[agent].work;
    if (RotaOf(agent)[agents_[agent].duty].what == Duty::What::kAway) to_settle_.push_back(agent);
  }

  void On(const engine::ConversationEnded& event, Instant) {
    Contact& contact = contacts_.Get(event.contact);
    ++contact.turn;
    LeaveAgent(contact);
  }

  void On(const engine::Transferred& event, Instant) {
    Contact& contact = contacts_.Get(event.contact);
    ++contact.turn;
    contact.cut = false;
    if (event.from) LeaveAgent(contact);
  }

  void On(const engine::WrapUpStarted& event, Instant now) {
    const Contact& contact = contacts_.Get(event.contact);
    const std::size_t agent = IndexOf(event.agent);
    if (!wrap_ups_.contains({agent, event.contact})) ++agents_[agent].work;
    const std::uint32_t number = ++wrap_ups_begun_;
    wrap_ups_[{agent, event.contact}] = number;
    const auto& wrap_up = ConductOf(contact, &Conduct::wrap_up);
    if (!wrap_up) return;
    RandomStream random(contact.key, Purpose::kWrapUp, contact.talks);
    const Instant done = now + wrap_up->Sample(random);
    const Duration longer = done - event.ends;
    agenda_.Plan({.at = longer > Duration{0} ? now : done,
                  .deed = longer > Duration{0} ? Deed::kExtend : Deed::kWrapUpEnds,
                  .agent = static_cast<std::uint32_t>(agent),
                  .turn = number,
                  .contact = event.contact,
                  .detail = static_cast<std::uint64_t>(std::max(longer, Duration{0}).count())});
  }

  void ChangeWrapUp(const Happening& happening) {
    const auto found = wrap_ups_.find({happening.agent, happening.contact});
    if (found == wrap_ups_.end() || found->second != happening.turn) return;
    const AgentId& agent = IdOf(happening.agent);
    if (happening.deed == Deed::kWrapUpEnds) {
      return ExecuteAndDigest(engine::EndWrapUp{happening.contact, agent}, happening.at);
    }
    const Duration by{static_cast<std::int64_t>(happening.detail)};
    ExecuteAndDigest(engine::ExtendWrapUp{happening.contact, agent, by}, happening.at);
  }

  void On(const engine::WrapUpEnded& event, Instant) {
    const std::size_t agent = IndexOf(event.agent);
    wrap_ups_.erase({agent, event.contact});
    FinishWork(agent);
  }

  // --- Agents.

  const std::vector<Duty>& RotaOf(std::size_t agent) const {
    return traffic_.rotas[HabitsOf(agent).rota];
  }

  void PlanDuty(std::size_t agent, std::size_t duty) {
    const std::vector<Duty>& rota = RotaOf(agent);
    if (duty >= rota.size()) return;
    agenda_.Plan({.at = rota[duty].at,
                  .deed = Deed::kDuty,
                  .agent = static_cast<std::uint32_t>(agent),
                  .turn = 0,
                  .contact = {},
                  .detail = duty});
  }

  void BeginDuty(const Happening& happening) {
    agents_[happening.agent].duty = happening.detail;
    PlanDuty(happening.agent, happening.detail + 1);
    MeetDuty(happening.agent, happening.at);
  }

  // Does what her rota says, as far as she can: what she has begun she finishes before she goes.
  void MeetDuty(std::size_t index, Instant now) {
    Agent& agent = agents_[index];
    if (agent.console_back) return;
    const Duty& duty = RotaOf(index)[agent.duty];
    const AgentId& id = IdOf(index);
    switch (duty.what) {
      case Duty::What::kWork:
        if (agent.presence == engine::Presence::kOffline) {
          return ExecuteAndDigest(engine::SignIn{id}, now);
        }
        if (agent.presence == engine::Presence::kAvailable || agent.missed_out) return;
        return ExecuteAndDigest(engine::SetPresence{id, engine::Presence::kAvailable, {}}, now);
      case Duty::What::kBreak:
        agent.missed_out = false;
        if (agent.presence == engine::Presence::kOffline) return;
        return ExecuteAndDigest(engine::SetPresence{id, engine::Presence::kNotReady, duty.reason},
                                now);
      case Duty::What::kAway:
        agent.missed_out = false;
        if (agent.presence == engine::Presence::kOffline) return;
        if (agent.work == 0) return ExecuteAndDigest(engine::SignOut{id}, now);
        return ExecuteAndDigest(engine::SetPresence{id, engine::Presence::kNotReady, {}}, now);
    }
  }

  void On(const engine::SignedIn& event, Instant) {
    agents_[IndexOf(event.agent)].presence = engine::Presence::kAvailable;
  }

  void On(const engine::SignedOut& event, Instant) {
    agents_[IndexOf(event.agent)].presence = engine::Presence::kOffline;
  }

  void On(const engine::PresenceChanged& event, Instant now) {
    const std::size_t index = IndexOf(event.agent);
    Agent& agent = agents_[index];
    agent.presence = event.presence;
    // Nobody else sets an agent not ready who ought to work.
    const bool works = RotaOf(index)[agent.duty].what == Duty::What::kWork;
    if (event.presence != engine::Presence::kNotReady || !works) return;
    agent.missed_out = true;
    RandomStream random(KeyOf(index), Purpose::kReturn, ++agent.returns);
    agenda_.Plan({.at = now + HabitsOf(index).return_after.Sample(random),
                  .deed = Deed::kReturn,
                  .agent = static_cast<std::uint32_t>(index),
                  .turn = agent.returns,
                  .contact = {},
                  .detail = 0});
  }

  void ReturnAfterMisses(const Happening& happening) {
    Agent& agent = agents_[happening.agent];
    if (!agent.missed_out || agent.returns != happening.turn) return;
    agent.missed_out = false;
    MeetDuty(happening.agent, happening.at);
  }

  void PlanLoss(std::size_t index, Instant from) {
    const auto& lost_console = HabitsOf(index).lost_console;
    if (!lost_console) return;
    RandomStream random(KeyOf(index), Purpose::kConsole, 2 * agents_[index].losses++);
    agenda_.Plan({.at = from + lost_console->every.Sample(random),
                  .deed = Deed::kConsoleLost,
                  .agent = static_cast<std::uint32_t>(index),
                  .turn = 0,
                  .contact = {},
                  .detail = 0});
  }

  void LoseConsole(const Happening& happening) {
    Agent& agent = agents_[happening.agent];
    if (agent.presence == engine::Presence::kOffline) {
      return PlanLoss(happening.agent, happening.at);
    }
    RandomStream random(KeyOf(happening.agent), Purpose::kConsole, 2 * agent.losses + 1);
    Happening back = happening;
    back.deed = Deed::kConsoleBack;
    back.at = happening.at + HabitsOf(happening.agent).lost_console->length.Sample(random);
    agent.console_back = back.at;
    agenda_.Plan(back);
    ExecuteAndDigest(engine::SetConnection{IdOf(happening.agent), engine::Connection::kLost},
                     happening.at);
  }

  void RegainConsole(const Happening& happening) {
    Agent& agent = agents_[happening.agent];
    agent.console_back.reset();
    if (agent.presence != engine::Presence::kOffline) {
      ExecuteAndDigest(engine::SetConnection{IdOf(happening.agent), engine::Connection::kBack},
                       happening.at);
    }
    MeetDuty(happening.agent, happening.at);
    PlanLoss(happening.agent, happening.at);
  }

  const engine::Domain& domain_;
  const Traffic& traffic_;
  const RunOptions& options_;
  RandomKey key_;
  Window window_;
  Tally tally_;
  engine::Engine engine_;
  Agenda agenda_;
  std::vector<engine::Event> events_;  // of the last command, not yet digested
  std::vector<Arrivals> arrivals_;
  ContactWindow<Contact> contacts_;
  Contact newcomer_;
  std::vector<Agent> agents_;
  std::unordered_map<AgentId, std::size_t> agent_index_;
  std::map<std::pair<std::size_t, ContactId>, std::uint32_t> wrap_ups_;  // by number
  std::uint32_t wrap_ups_begun_ = 0;
  std::vector<std::size_t> to_settle_;  // agents who finished some work
  std::uint64_t submitted_ = 0;
  std::uint64_t redials_ = 0;
  std::uint64_t happenings_ = 0;
  std::optional<Error> error_;
};

}  // namespace

Result<RunResult> Simulate(const engine::Domain& domain, const Traffic& traffic,
                           const RunOptions& options) {
  return Run(domain, traffic, options).Go();
}

}  // namespace usher::simulation
