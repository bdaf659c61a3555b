// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/id.h"
#include "base/io/clock.h"
#include "base/io/command_stream.h"
#include "base/io/event_loop.h"
#include "base/io/leader_channel.h"
#include "channels/client/conversation_client.h"
#include "channels/client/routing_client.h"
#include "channels/phone/call.h"
#include "channels/phone/nailed_phones.h"
#include "channels/phone/phone_metrics.h"
#include "channels/phone/phone_rules.h"
#include "channels/phone/recording_notes.h"
#include "channels/phone/signed_in_agents.h"
#include "channels/phone/switch.h"
#include "usher/agents/v1/agent_service.grpc.pb.h"

namespace usher::phone {

// The way to the router of one domain.
struct PhoneRoute {
  DomainId domain;
  std::string adapter;  // the subject of its token; unique in the domain
  io::LeaderChannel& road;
  std::function<std::string()> token;
};

// A caller who came in.
struct Arrival {
  std::string leg;
  std::string number;  // the caller's; empty: unknown
  std::string name;
  bool withheld = false;                            // the number is for us, not for people
  std::string dialled;                              // the number that was called
  bool up = false;                                  // answered already
  std::map<std::string, std::string> attributes{};  // of the switch
};

// A leg that stands at a switch.
struct StandingLeg {
  std::string id;
  bool up = false;
  bool ours = false;                 // called by us
  std::string bridge{};              // that it is in; empty: in none
  std::string note{};                // what was kept with it
  std::optional<Arrival> arrival{};  // of a caller
};

// The telephone calls of one domain, at all its switches: whose contact is which call, and the
// streams to the router that leads. What switches tell comes in by the functions that begin with
// `Leg`; what routing tells moves the calls, and they move the switches.
//
// A switch that is not there (its connection is lost, or not compared yet) gets no commands; when
// it is there again what stands at it is compared with the calls, and what ended meanwhile ends
// here. The same comparison finds everything again after this process was killed: the names that we
// give to legs say whose they are, and the router knows its open contacts.
//
// Loop thread only.
class PhoneDomain final : public CallDesk {
 public:
  // `on_contacts`: the open contacts are known, at first or anew; every line is to be compared.
  PhoneDomain(io::EventLoop& loop, const PhoneRoute& route, const PhoneRules& rules,
              PhoneMetrics& metrics, std::function<void()> on_contacts);
  ~PhoneDomain() override;
  PhoneDomain(const PhoneDomain&) = delete;
  PhoneDomain& operator=(const PhoneDomain&) = delete;

  // Where a line's recordings are: the address that a timeline gives is `address` and the name;
  // `url` is for people, an https address with `{recording}` in it, or empty.
  struct Recordings {
    std::string address = "x-asterisk:recordings/";
    std::string url{};
  };
  // Before Start. `name` stands in the contacts' external ids and must stay what it is.
  void AddLine(const std::string& name, const std::string& application, Switch& line,
               Recordings recordings);
  void Start();
  void Stop();

  // ---- what a switch tells, by the name of its line
  // False: no rule knows the number; nothing was done.
  bool Arrived(const std::string& line, const Arrival& arrival);
  void LegRinging(const std::string& line, const std::string& leg);
  void LegUp(const std::string& line, const std::string& leg);
  void LegGone(const std::string& line, const std::string& leg, LegEnd end);
  void LegPressed(const std::string& line, const std::string& leg, char digit);
  void LegHeld(const std::string& line, const std::string& leg, bool held);
  void LegRefers(const std::string& line, const std::string& leg, const std::string& to);
  void Played(const std::string& line, const std::string& leg, const std::string& playback);
  void RecordingEnded(const std::string& line, const std::string& recording, int duration_s);
  // Lies at the switch, and may have ended while nobody was here: noted, unless it was.
  void RecordingFound(const std::string& line, const std::string& recording);
  void LineLost(const std::string& line);
  // After on_contacts. All that stands at the switch. Contacts of its calls that another process
  // had are taken over first. `compared`: tell what happened since, and from now on.
  void LineBack(const std::string& line, std::vector<StandingLeg> standing,
                std::function<void()> compared);

  bool HasCall(const std::string& contact) const { return by_contact_.contains(contact); }
  std::size_t calls() const { return entries_.size(); }

  // ---- CallDesk
  void Accept(const std::string& contact, const std::string& agent,
              const std::string& offer) override;
  void Reject(const std::string& contact, const std::string& agent, const std::string& offer,
              const std::string& reason) override;
  void Unreachable(const std::string& agent) override;
  void Left(const std::string& contact, bool talking) override;
  void Complete(const std::string& contact, const std::string& agent) override;
  void Requeue(const std::string& contact, const std::string& queue) override;
  void Hold(const std::string& contact, const std::string& agent, bool held) override;
  void MakeCallback(const std::string& contact) override;
  void Move(const std::string& contact, const std::string& queue) override;
  void Cancel(const std::string& contact, const std::string& note) override;
  void Refer(const std::string& contact, const std::string& agent, const std::string& to) override;
  void Recorded(const std::string& contact, const std::string& recording, int duration_s) override;
  bool UseNailed(const std::string& contact, const std::string& agent,
                 const std::string& leg) override;
  std::string TakeNailed(const std::string& contact, const std::string& agent) override;
  bool HasNailed(const std::string& contact, const std::string& agent) override;
  void ReleaseNailed(const std::string& leg) override;
  void Changed(const std::string& contact) override;

 private:
  using Agents = io::CommandStream<agents::v1::ServeAgentsRequest, agents::v1::ServeAgentsResponse>;
  using AgentDone = std::function<void(Result<agents::v1::AgentResult>)>;
  using Steady = std::chrono::steady_clock::time_point;

  struct Line {
    std::string name;
    std::string application;
    Recordings recordings;
    Switch* line = nullptr;
    bool there = false;
    std::uint64_t round = 0;  // of comparing
  };
  struct Entry {
    Line* line = nullptr;
    std::unique_ptr<Call> call;
    std::string external_id;
    Arrival arrival{};
    std::string queue{};
    Steady since{};
    std::map<std::string, Steady> rung{};
    bool submitting = false;
    bool to_note = false;  // among `to_note_`
    std::string told{};    // the state that was told last
    io::Gauge* counted = nullptr;
  };
  using EntryPtr = std::shared_ptr<Entry>;
  // A call that an agent wants placed, until it is hers.
  struct Placing {
    std::uint64_t tag = 0;
    std::string agent;
    std::string contact{};
    bool pulled = false;
  };

  static void LogRefusal(const char* event, const Error& error, const std::string& contact);
  EntryPtr MakeEntry(Line& line, const std::string& external_id);
  Entry* FindLeg(const Line& line, const std::string& leg);
  Entry* FindContact(const std::string& contact);
  void NoteRecording(const Line& line, const std::string& contact, const std::string& recording,
                     int duration_s);
  std::string ContactOfRecording(const Line& line, const std::string& recording) const;
  void Submit(const EntryPtr& entry);
  void Submitted(const EntryPtr& entry, Result<routing::v1::ContactResult> result);
  void Bind(const EntryPtr& entry, const std::string& contact);
  void Drop(const EntryPtr& entry);
  void ReceiveLate();

  void OnEvent(const routing::v1::Event& event);
  void OnSnapshot(const std::vector<routing::v1::Contact>& open);
  using Contacts = std::vector<routing::v1::Contact>;
  void ListOthers(const std::string& line, std::uint64_t round, const std::string& page_token,
                  std::shared_ptr<Contacts> found, std::function<void()> done);
  void ClaimAll(const std::string& line, Contacts contacts, std::function<void()> done);
  void CompareLine(Line& line, const std::vector<StandingLeg>& legs);
  void OnClaimed(const routing::v1::Event& event);
  void TickSoon();
  void Tick();
  void LookForSilent();
  void NoteWhatLasts();
  void Adopt(Line& line, const routing::v1::Contact& contact,
             const std::map<std::string, const StandingLeg*>& standing);
  void AdoptCallers(Line& line, const std::vector<StandingLeg>& legs);
  void AdoptLegs(Line& line, const std::vector<StandingLeg>& legs);
  void AdoptSupervisor(Line& line, Call& call, const StandingLeg& leg, const std::string& who,
                       const std::vector<StandingLeg>& legs);
  static Call::Leg ToMet(const Call& call, const StandingLeg& leg, const LegName& name,
                         const std::string& contact);
  void DropDeafEars(Line& line, const std::vector<StandingLeg>& legs);
  // The contact that the leg is for; empty: of none, and up all the same.
  std::string ContactOfNailed(const Line& line, const StandingLeg& leg, const LegName& name);
  void HangUpNailed(const std::set<std::string>& signed_in);
  void LeaveAgain();
  void Count(Entry& entry, bool gone);
  void OnOrder(const routing::v1::CallOrder& order);
  void Place(const routing::v1::CallOrder& order);
  void Placed(const std::string& external_id, Result<void> done);
  void AnswerOrder(std::uint64_t tag, const Result<void>& done, const std::string& contact = {});
  void TellAll();
  void Flush();
  void TellState(Entry& entry);
  void Command(agents::v1::AgentCommand command, AgentDone done);

  io::EventLoop& loop_;
  io::LeaderChannel& road_;
  const std::function<std::string()> token_;
  const PhoneRules& rules_;
  PhoneMetrics& metrics_;
  io::WallClock clock_;
  channels::RoutingClient routing_;
  io::LeaderChannel::Place agents_at_ = 0;
  Agents agents_;
  std::unique_ptr<channels::ConversationClient> conversations_;

  std::unique_ptr<RecordingNotes> recordings_;

  std::map<std::string, Line> lines_;
  NailedPhones nailed_;
  SignedInAgents signed_in_;
  const std::function<void()> on_contacts_;
  std::map<std::string, bool> to_leave_{};  // contacts whose end the router has not heard; talking
  std::map<std::string, routing::v1::Contact> unmet_;  // open contacts that no call stands for yet
  std::set<EntryPtr> entries_;
  std::map<std::string, EntryPtr> by_external_;
  std::unordered_map<std::string, EntryPtr> by_contact_;  // consults too
  std::unordered_map<std::string, EntryPtr> by_leg_;      // callers, as `line/leg`
  std::set<std::string> changed_;
  bool flush_posted_ = false;
  io::Timer tick_;
  struct Unreceived {
    Steady at;
    std::weak_ptr<Entry> entry;
  };
  std::deque<Unreceived> unreceived_;  // callers of whom the router has not told yet
  io::Timer late_;
  struct Dialled {
    Steady at;
    std::string contact;
    std::string leg;
  };
  std::deque<Dialled> dialled_;  // agents' telephones, that may turn out to be silent
  struct ToNote {
    Steady at;
    std::weak_ptr<Entry> entry;
  };
  std::deque<ToNote> to_note_;              // calls in which something changed; each once
  std::set<std::string> announcing_;        // contacts whose callers are told their place
  std::map<std::string, Placing> placing_;  // by external id
  std::shared_ptr<void> alive_ = std::make_shared<int>();
};

}  // namespace usher::phone
