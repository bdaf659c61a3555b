// SPDX-License-Identifier: Apache-2.0
#include "channels/phone/call.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace usher::phone {
namespace {

using routing::v1::CallLeg;
using routing::v1::Contact;
using routing::v1::Event;

// Writes down what it is told, with the names of our legs cut to what matters: `a.c1.ann`.
class NotedSwitch final : public Switch {
 public:
  void Answer(const std::string& leg) override { Note("answer", leg); }
  void Ring(const std::string& leg) override { Note("ring", leg); }
  void StartMusic(const std::string& leg, const std::string&) override { Note("music", leg); }
  void StopMusic(const std::string& leg) override { Note("no-music", leg); }
  void Dial(const Dialling& dialling) override {
    last = dialling;
    Note("dial", dialling.leg);
  }
  void HangUp(const std::string& leg) override { Note("hang-up", leg); }
  void Keep(const std::string& leg, const std::string& note) override { kept[leg] = note; }
  void SendBack(const std::string& leg, const std::string& why) override {
    Note("send-back " + why, leg);
  }
  void OpenBridge(const std::string& bridge) override { notes.push_back("open " + bridge); }
  void Enter(const std::string& bridge, const std::vector<std::string>& legs) override {
    ++entered;
    for (const std::string& leg : legs) Note("enter " + bridge, leg);
  }
  void Leave(const std::string& bridge, const std::string& leg) override {
    Note("leave " + bridge, leg);
  }
  void CloseBridge(const std::string& bridge) override { notes.push_back("close " + bridge); }
  void Mute(const std::string& leg, bool muted) override { Note(muted ? "mute" : "unmute", leg); }
  void SendDigits(const std::string& leg, const std::string& digits) override {
    Note("digits " + digits, leg);
  }
  void Play(const std::string& leg, const std::string& id,
            const std::vector<std::string>& media) override {
    playback = id;
    Note("play " + media.front(), leg);
  }
  void StopPlaying(const std::string&) override { notes.push_back("stop-playing"); }
  void StartRecording(const std::string& bridge, const std::string& name) override {
    recording = name;
    notes.push_back("record " + bridge);
  }
  void PauseRecording(const std::string&, bool paused) override {
    notes.push_back(paused ? "pause" : "go-on");
  }
  void Listen(const std::string& leg, const std::string& snoop, bool whisper) override {
    last_snoop = snoop;
    Note(whisper ? "whisper" : "listen", leg);
  }
  void TellTransfer(const std::string& leg, bool accepted) override {
    Note(accepted ? "transferred" : "not-transferred", leg);
  }

  std::vector<std::string> Take() { return std::exchange(notes, {}); }

  std::vector<std::string> notes;
  Dialling last;
  std::string playback;
  std::string recording;
  std::string last_snoop;
  std::map<std::string, std::string> kept;
  int entered = 0;  // how often it was told to

 private:
  void Note(const std::string& what, const std::string& leg) {
    const auto name = ParseLegName("u", leg);
    notes.push_back(what + ' ' +
                    (name ? std::string(1, static_cast<char>(name->kind)) + '.' + name->contact +
                                '.' + name->who
                          : leg));
  }
};

class NotedDesk final : public CallDesk {
 public:
  void Accept(const std::string& contact, const std::string& agent,
              const std::string& offer) override {
    notes.push_back("accept " + contact + ' ' + agent + ' ' + offer);
  }
  void Reject(const std::string& contact, const std::string& agent, const std::string&,
              const std::string& reason) override {
    notes.push_back("reject " + contact + ' ' + agent + ' ' + reason);
  }
  void Unreachable(const std::string& agent) override { unreachable = agent; }
  void Left(const std::string& contact, bool talking) override {
    notes.push_back((talking ? "left-talking " : "left-waiting ") + contact);
  }
  void Complete(const std::string& contact, const std::string& agent) override {
    notes.push_back("complete " + contact + ' ' + agent);
  }
  void Requeue(const std::string& contact, const std::string& queue) override {
    notes.push_back("requeue " + contact + ' ' + queue);
  }
  void Hold(const std::string& contact, const std::string& agent, bool held) override {
    notes.push_back((held ? "hold " : "resume ") + contact + ' ' + agent);
  }
  void MakeCallback(const std::string& contact) override { notes.push_back("callback " + contact); }
  void Move(const std::string& contact, const std::string& queue) override {
    notes.push_back("move " + contact + ' ' + queue);
  }
  void Cancel(const std::string& contact, const std::string& note) override {
    notes.push_back("cancel " + contact + ' ' + note);
  }
  void Refer(const std::string& contact, const std::string& agent, const std::string& to) override {
    notes.push_back("refer " + contact + ' ' + agent + ' ' + to);
  }
  void Recorded(const std::string& contact, const std::string&, int duration_s) override {
    notes.push_back("recorded " + contact + ' ' + std::to_string(duration_s));
  }
  bool UseNailed(const std::string&, const std::string&, const std::string&) override {
    return true;
  }
  std::string TakeNailed(const std::string&, const std::string&) override {
    return std::exchange(nailed, {});
  }
  bool HasNailed(const std::string&, const std::string&) override { return !nailed.empty(); }
  void ReleaseNailed(const std::string& leg) override {
    nailed = leg;
    notes.push_back("release");
  }
  void Changed(const std::string&) override {}

  std::vector<std::string> Take() { return std::exchange(notes, {}); }
  std::vector<std::string> notes;
  std::string nailed;  // Ann's telephone, when it is up and free
  std::string unreachable;
};

using Notes = std::vector<std::string>;

class CallTest : public ::testing::Test {
 protected:
  CallTest() {
    rules_.queues["support"] = {};
    rules_.outside_address = "PJSIP/{number}@trunk";
  }

  QueueRules& support() { return rules_.queues["support"]; }

  // A caller in queue support, contact c1.
  void ComeIn() {
    call_.CameIn("cust", "+15551", "support");
    call_.OnSubmitted("c1");
    call_.Arrange();
    line_.Take();
  }
  void Tell(const Event& event) {
    call_.OnEvent(event, InstantFromUnixMs(now_ms_));
    call_.Arrange();
  }
  static Event Of(const std::string& contact, const std::string& agent = {}) {
    Event event;
    event.set_contact_id(contact);
    event.set_agent_id(agent);
    event.set_queue("support");
    return event;
  }
  void Offer(const std::string& agent, const std::string& offer = "o1",
             const std::string& contact = "c1") {
    Event event = Of(contact, agent);
    event.mutable_offered()->mutable_offer()->set_id(offer);
    event.mutable_offered()->mutable_offer()->set_agent_id(agent);
    event.mutable_offered()->mutable_offer()->mutable_offered_at()->set_seconds(100);
    event.mutable_offered()->mutable_offer()->mutable_deadline()->set_seconds(115);
    Tell(event);
  }
  void EndOffer(const std::string& offer = "o1") {
    Event event = Of("c1");
    event.mutable_offer_ended()->set_offer_id(offer);
    Tell(event);
  }
  void Assign(const std::string& agent, const std::string& contact = "c1") {
    Event event = Of(contact, agent);
    event.mutable_assigned();
    Tell(event);
  }
  void Close(Contact::Outcome outcome, const std::string& contact = "c1") {
    Event event = Of(contact);
    event.mutable_closed()->set_outcome(outcome);
    Tell(event);
  }
  const std::string& LegOf(const std::string& agent) const {
    const auto& legs = call_.legs();
    return std::find_if(legs.begin(), legs.end(),
                        [&](const auto& leg) { return leg.agent == agent; })
        ->id;
  }
  void Up(const std::string& leg) {
    call_.OnLegUp(std::string(leg));
    call_.Arrange();
  }
  void Gone(const std::string& leg, LegEnd end) {
    call_.OnLegGone(std::string(leg), end);
    call_.Arrange();
  }
  void Hold() {
    Event event = Of("c1", "ann");
    event.mutable_held();
    Tell(event);
  }
  void Resume() {
    Event event = Of("c1", "ann");
    event.mutable_resumed();
    Tell(event);
  }
  std::int64_t SinceMs(int leg) const {
    const routing::v1::CallState state = call_.State();
    const auto& since = state.legs(leg).since();
    return since.seconds() * 1'000 + since.nanos() / 1'000'000;
  }
  // After a restart: the caller and ann talk, and this stands with her leg.
  void MeetTalking(const std::string& note) {
    Contact contact;
    contact.set_id("c1");
    contact.set_queue("support");
    contact.set_state(Contact::STATE_ASSIGNED);
    contact.set_agent("ann");
    Call::Leg customer{.id = "cust"};
    customer.ours = false;
    customer.up = true;
    Call::Leg agent{.id = "u.a.c1.ann.1", .party = CallLeg::PARTY_AGENT, .agent = "ann"};
    agent.contact = "c1";
    agent.up = true;
    call_.MeetLeg(customer, true);
    call_.OnContact(contact);
    call_.MeetLeg(agent, true, ParseLegNote(note));
    call_.Arrange();
  }
  // The caller and ann talk.
  void Talk() {
    ComeIn();
    Offer("ann");
    Up(LegOf("ann"));
    Assign("ann");
    line_.Take();
    desk_.Take();
  }

  std::int64_t now_ms_ = 1'000'000;
  std::int64_t clock_ms_ = 0;  // of the call itself; 0: it does not know
  PhoneRules rules_;
  NotedSwitch line_;
  NotedDesk desk_;
  Call call_{
      Call::Setting{line_, desk_, rules_, "u", [this] { return InstantFromUnixMs(clock_ms_); }}};
};

TEST_F(CallTest, AnswersWithMusicAndRingsTheAgentWhomItIsOfferedTo) {
  call_.CameIn("cust", "+15551", "support");
  EXPECT_EQ(line_.Take(), Notes{});
  call_.OnSubmitted("c1");
  Offer("ann");
  // The telephone first: the caller waits for it.
  EXPECT_EQ(line_.Take(), (Notes{"dial a.c1.ann", "answer cust", "music cust"}));
  EXPECT_EQ(line_.last.address, "PJSIP/ann");
  EXPECT_EQ(line_.last.like_leg, "cust");
  EXPECT_EQ(line_.last.timeout, Duration{17'000});  // the router's deadline comes first
}

TEST_F(CallTest, AcceptsWhenTheTelephoneIsAnsweredAndBridgesWhenTheContactIsTheAgents) {
  ComeIn();
  Offer("ann");
  line_.Take();
  Up(LegOf("ann"));
  EXPECT_EQ(desk_.Take(), (Notes{"accept c1 ann o1"}));
  EXPECT_EQ(line_.Take(), Notes{});
  Assign("ann");
  EXPECT_EQ(line_.Take(),
            (Notes{"no-music cust", "open u.b.c1", "enter u.b.c1 cust", "enter u.b.c1 a.c1.ann"}));
  EXPECT_EQ(line_.entered, 1);  // both with one word
}

TEST_F(CallTest, LetsTheCallerHearRingingUntilAnAgentAnswersWhereTheQueueSaysSo) {
  support().answer = false;
  call_.CameIn("cust", "+15551", "support");
  call_.Receive();
  EXPECT_EQ(line_.Take(), (Notes{"ring cust"}));
  call_.OnSubmitted("c1");
  Offer("ann");
  Up(LegOf("ann"));
  line_.Take();
  Assign("ann");
  EXPECT_EQ(line_.Take(),
            (Notes{"answer cust", "open u.b.c1", "enter u.b.c1 cust", "enter u.b.c1 a.c1.ann"}));
}

TEST_F(CallTest, RingsAfterTheAcceptWhereTheQueueSaysSo) {
  support().ring = Ring::kOnAccept;
  ComeIn();
  Offer("ann");
  EXPECT_EQ(line_.Take(), Notes{});
  Assign("ann");
  EXPECT_EQ(line_.Take(), (Notes{"dial a.c1.ann"}));
  Up(LegOf("ann"));
  EXPECT_EQ(desk_.Take(), Notes{});
  EXPECT_EQ(line_.Take().back(), "enter u.b.c1 a.c1.ann");
}

TEST_F(CallTest, TellsApartWhyATelephoneDidNotAnswer) {
  ComeIn();
  int offer = 0;
  for (const auto& [end, word] :
       {std::pair{LegEnd::kBusy, "busy"}, std::pair{LegEnd::kNoAnswer, "no-answer"},
        std::pair{LegEnd::kUnreachable, "unreachable"}, std::pair{LegEnd::kCongested, "congested"},
        std::pair{LegEnd::kRejected, "rejected"}}) {
    const std::string id = "o" + std::to_string(++offer);
    Offer("ann", id);
    Gone(LegOf("ann"), end);
    EXPECT_EQ(desk_.Take(), (Notes{std::string("reject c1 ann ") + word}));
    EXPECT_EQ(std::exchange(desk_.unreachable, {}), end == LegEnd::kUnreachable ? "ann" : "");
    EndOffer(id);
  }
}

TEST_F(CallTest, StopsRingingWhenTheOfferIsOver) {
  ComeIn();
  Offer("ann");
  const std::string leg = LegOf("ann");
  line_.Take();
  EndOffer();
  EXPECT_EQ(line_.Take(), (Notes{"hang-up a.c1.ann"}));
  Gone(leg, LegEnd::kHungUp);
  EXPECT_EQ(desk_.Take(), Notes{});  // our own doing says nothing of the agent
}

TEST_F(CallTest, RingsSeveralAndKeepsTheOneWhoGotIt) {
  ComeIn();
  Offer("ann", "o1");
  Offer("ben", "o2");
  line_.Take();
  Up(LegOf("ben"));
  EXPECT_EQ(desk_.Take(), (Notes{"accept c1 ben o2"}));
  Assign("ben");
  const Notes notes = line_.Take();
  EXPECT_EQ(notes.front(), "hang-up a.c1.ann");
  EXPECT_EQ(notes.back(), "enter u.b.c1 a.c1.ben");
}

TEST_F(CallTest, HangsUpWhoAnsweredTooLate) {
  ComeIn();
  Offer("ann");
  Up(LegOf("ann"));
  line_.Take();
  call_.OnAcceptRefused("o1");
  call_.Arrange();
  EXPECT_EQ(line_.Take(), (Notes{"hang-up a.c1.ann"}));
}

TEST_F(CallTest, TellsAtOnceThatTheCallerGaveUp) {
  ComeIn();
  Offer("ann");
  line_.Take();
  Gone("cust", LegEnd::kHungUp);
  EXPECT_EQ(desk_.Take(), (Notes{"left-waiting c1"}));
  Close(Contact::OUTCOME_ABANDONED);
  EXPECT_EQ(line_.Take(), (Notes{"hang-up a.c1.ann"}));
  Gone(LegOf("ann"), LegEnd::kHungUp);
  EXPECT_TRUE(call_.over());
}

TEST_F(CallTest, TellsTheRouterOfACallerWhoLeftBeforeItAnswered) {
  call_.CameIn("cust", "+15551", "support");
  Gone("cust", LegEnd::kHungUp);
  EXPECT_EQ(desk_.Take(), Notes{});
  call_.OnSubmitted("c1");
  EXPECT_EQ(desk_.Take(), (Notes{"left-waiting c1"}));
}

TEST_F(CallTest, CompletesWhenEitherHangsUp) {
  Talk();
  Gone("cust", LegEnd::kHungUp);
  EXPECT_EQ(desk_.Take(), (Notes{"left-talking c1"}));
}

TEST_F(CallTest, HangsTheCallerUpWhenTheAgentDid) {
  Talk();
  Gone(LegOf("ann"), LegEnd::kHungUp);
  EXPECT_EQ(desk_.Take(), (Notes{"complete c1 ann"}));
  EXPECT_EQ(line_.Take(), Notes{});  // no music in between
  Event event = Of("c1", "ann");
  event.mutable_wrap_up_started();
  Tell(event);
  EXPECT_EQ(line_.Take(), (Notes{"hang-up cust"}));
}

TEST_F(CallTest, WaitsAgainWhenTheAgentWhoAcceptedCannotBeReached) {
  support().ring = Ring::kOnAccept;
  ComeIn();
  Assign("ann");
  Gone(LegOf("ann"), LegEnd::kUnreachable);
  EXPECT_EQ(desk_.Take(), (Notes{"requeue c1 support"}));
}

TEST_F(CallTest, HoldsWithMusicAndComesBack) {
  Talk();
  Event held = Of("c1", "ann");
  held.mutable_held();
  Tell(held);
  EXPECT_EQ(line_.Take(), (Notes{"leave u.b.c1 cust", "music cust"}));
  Event resumed = Of("c1", "ann");
  resumed.mutable_resumed();
  Tell(resumed);
  EXPECT_EQ(line_.Take(), (Notes{"no-music cust", "enter u.b.c1 cust"}));
}

TEST_F(CallTest, TellsRoutingOfAHoldAtTheTelephone) {
  Talk();
  call_.OnHold(LegOf("ann"), true);
  call_.OnHold(LegOf("ann"), false);
  EXPECT_EQ(desk_.Take(), (Notes{"hold c1 ann", "resume c1 ann"}));
}

TEST_F(CallTest, GoesOnWithAnotherAgentAfterATransfer) {
  Talk();
  Event event = Of("c1", "ann");
  event.mutable_transferred()->set_to_agent("ben");
  Tell(event);
  EXPECT_EQ(line_.Take(), (Notes{"hang-up a.c1.ann", "leave u.b.c1 cust", "music cust"}));
  Gone(LegOf("ann"), LegEnd::kHungUp);
  Offer("ben", "o2");
  Up(LegOf("ben"));
  Assign("ben");
  EXPECT_EQ(line_.Take(), (Notes{"dial a.c1.ben", "no-music cust", "enter u.b.c1 cust",
                                 "enter u.b.c1 a.c1.ben"}));
}

TEST_F(CallTest, AsksAColleagueWhileTheCallerHearsMusicAndPassesOnToHer) {
  Talk();
  Event queued = Of("c2");
  queued.mutable_queued()->set_cause("consult");
  queued.mutable_queued()->mutable_contact()->set_id("c2");
  queued.mutable_queued()->mutable_contact()->set_consults("c1");
  Tell(queued);
  Offer("ben", "o2", "c2");
  EXPECT_EQ(line_.Take(), (Notes{"dial a.c2.ben"}));
  Up(LegOf("ben"));
  EXPECT_EQ(desk_.Take(), (Notes{"accept c2 ben o2"}));
  Assign("ben", "c2");
  EXPECT_EQ(line_.Take(), (Notes{"leave u.b.c1 cust", "music cust", "enter u.b.c1 a.c2.ben"}));
  // The transfer to her ends the consult, and gives her the contact in the same commit.
  Event closed = Of("c2");
  closed.mutable_closed()->set_outcome(Contact::OUTCOME_COMPLETED);
  call_.OnEvent(closed, {});
  Event passed = Of("c1", "ann");
  passed.mutable_transferred()->set_to_agent("ben");
  call_.OnEvent(passed, {});
  Assign("ben");
  EXPECT_EQ(line_.Take(), (Notes{"hang-up a.c1.ann", "no-music cust", "enter u.b.c1 cust"}));
}

TEST_F(CallTest, GivesTheCallerBackWhenNobodyWillAnswer) {
  ComeIn();
  Close(Contact::OUTCOME_TIMED_OUT);
  EXPECT_EQ(line_.Take(), (Notes{"no-music cust", "send-back timed-out cust"}));
}

TEST_F(CallTest, SaysThatItIsClosedAndHangsUpWhereTheQueueSaysSo) {
  support().farewell = Farewell::kHangUp;
  support().closed = "closed-now";
  call_.CameIn("cust", "+15551", "support");
  line_.Take();
  call_.SayFarewell("closed");
  EXPECT_EQ(line_.Take(), (Notes{"answer cust", "play sound:closed-now cust"}));
  call_.OnPlayed(line_.playback);
  EXPECT_EQ(line_.Take(), (Notes{"hang-up cust"}));
}

TEST_F(CallTest, KeepsTheirPlaceForThoseWhoWantToBeCalledBack) {
  support().digits['1'] = {DigitRule::Action::kCallback, {}};
  ComeIn();
  call_.OnDigit("cust", '7');
  EXPECT_EQ(desk_.Take(), Notes{});
  call_.OnDigit("cust", '1');
  EXPECT_EQ(desk_.Take(), (Notes{"callback c1"}));
  call_.OnCallback(true);
  EXPECT_EQ(line_.Take(), (Notes{"hang-up cust"}));
  Gone("cust", LegEnd::kHungUp);
  EXPECT_EQ(desk_.Take(), Notes{});  // has not left
  EXPECT_FALSE(call_.over());
  // Later: the agent's telephone first, then the customer's.
  Offer("ann");
  Up(LegOf("ann"));
  Assign("ann");
  EXPECT_EQ(line_.Take(),
            (Notes{"dial a.c1.ann", "dial c.c1.x", "open u.b.c1", "enter u.b.c1 a.c1.ann"}));
  EXPECT_EQ(line_.last.address, "PJSIP/+15551@trunk");
  Up(line_.last.leg);
  EXPECT_EQ(line_.Take().back(), "enter u.b.c1 c.c1.x");
}

TEST_F(CallTest, MovesToAnotherQueueByAKey) {
  support().digits['3'] = {DigitRule::Action::kQueue, "billing"};
  ComeIn();
  call_.OnDigit("cust", '3');
  EXPECT_EQ(desk_.Take(), (Notes{"move c1 billing"}));
}

TEST_F(CallTest, TellsTheCallerHerPlaceWhenItChangedAndNotTooOften) {
  support().announce.position = true;
  ComeIn();
  Event event = Of("c1");
  event.mutable_place()->set_position(3);
  Tell(event);
  EXPECT_EQ(line_.Take(), (Notes{"no-music cust", "play sound:queue-thereare cust"}));
  call_.OnPlayed(line_.playback);
  call_.Arrange();
  EXPECT_EQ(line_.Take(), (Notes{"music cust"}));
  now_ms_ += 5'000;
  event.mutable_place()->set_position(2);
  Tell(event);
  EXPECT_EQ(line_.Take(), Notes{});
  now_ms_ += 6'000;
  Tell(event);
  EXPECT_EQ(line_.Take().size(), 2U);
}

TEST_F(CallTest, RecordsWhereTheQueueSaysSoAndPauses) {
  support().record = true;
  ComeIn();
  Offer("ann");
  Up(LegOf("ann"));
  Assign("ann");
  EXPECT_EQ(line_.Take().back(), "record u.b.c1");
  routing::v1::CallControl pause;
  pause.mutable_pause_recording()->set_paused(true);
  ASSERT_TRUE(call_.Control("ann", pause).ok());
  EXPECT_EQ(line_.Take(), (Notes{"pause"}));
  EXPECT_EQ(call_.State().recording(), routing::v1::RECORDING_STATE_PAUSED);
  call_.OnRecorded(line_.recording, 7);
  EXPECT_EQ(desk_.Take().back(), "recorded c1 7");
}

TEST_F(CallTest, BringsSomebodyFromOutsideIn) {
  Talk();
  routing::v1::CallControl dial;
  dial.mutable_dial_out()->set_number("+4915");
  ASSERT_TRUE(call_.Control("ann", dial).ok());
  call_.Arrange();
  EXPECT_EQ(line_.Take(), (Notes{"dial o.c1.x", "leave u.b.c1 cust", "music cust"}));
  Up(line_.last.leg);
  EXPECT_EQ(line_.Take(), (Notes{"enter u.b.c1 o.c1.x"}));
  routing::v1::CallControl join;
  join.mutable_join();
  ASSERT_TRUE(call_.Control("ann", join).ok());
  call_.Arrange();
  EXPECT_EQ(line_.Take(), (Notes{"no-music cust", "enter u.b.c1 cust"}));
  dial.mutable_dial_out()->set_number("1@elsewhere");
  EXPECT_EQ(call_.Control("ann", dial).error().reason, "BAD_NUMBER");
}

TEST_F(CallTest, LeavesTheCallerWithSomebodyOutsideAndEndsWithEither) {
  Talk();
  routing::v1::CallControl pass;
  pass.mutable_pass_outside()->set_number("+4915");
  ASSERT_TRUE(call_.Control("ann", pass).ok());
  call_.Arrange();
  const std::string outside = line_.last.leg;
  Up(outside);
  EXPECT_EQ(desk_.Take(), (Notes{"complete c1 ann"}));
  Event event = Of("c1", "ann");
  event.mutable_wrap_up_started();
  line_.Take();
  Tell(event);
  Gone(LegOf("ann"), LegEnd::kHungUp);
  EXPECT_FALSE(call_.over());
  line_.Take();
  Gone(outside, LegEnd::kHungUp);
  EXPECT_EQ(line_.Take(), (Notes{"hang-up cust"}));
  Gone("cust", LegEnd::kHungUp);
  EXPECT_TRUE(call_.over());
}

TEST_F(CallTest, LetsASupervisorListenWhisperAndComeIn) {
  Talk();
  routing::v1::CallControl control;
  control.mutable_supervise()->set_mode(routing::v1::SUPERVISION_MODE_LISTEN);
  ASSERT_TRUE(call_.Control("sue", control).ok());
  call_.Arrange();
  EXPECT_EQ(line_.Take(), (Notes{"dial s.c1.sue"}));
  Up(line_.last.leg);
  EXPECT_EQ(line_.Take(),
            (Notes{"open u.l.c1.sue", "enter u.l.c1.sue s.c1.sue", "listen a.c1.ann"}));
  Up(line_.last_snoop);
  EXPECT_EQ(line_.Take(), (Notes{"enter u.l.c1.sue n.c1.sue"}));
  control.mutable_supervise()->set_mode(routing::v1::SUPERVISION_MODE_WHISPER);
  ASSERT_TRUE(call_.Control("sue", control).ok());
  call_.Arrange();
  EXPECT_EQ(line_.Take(), (Notes{"hang-up n.c1.sue", "whisper a.c1.ann"}));
  control.mutable_supervise()->set_mode(routing::v1::SUPERVISION_MODE_BARGE);
  ASSERT_TRUE(call_.Control("sue", control).ok());
  call_.Arrange();
  EXPECT_EQ(line_.Take(),
            (Notes{"hang-up n.c1.sue", "leave u.l.c1.sue s.c1.sue", "enter u.b.c1 s.c1.sue"}));
}

TEST_F(CallTest, KeepsTalkingWhenTheRouterLostTheContact) {
  Talk();
  Close(Contact::OUTCOME_LOST);
  EXPECT_EQ(line_.Take(), Notes{});
  Gone("cust", LegEnd::kHungUp);
  EXPECT_EQ(line_.Take(), (Notes{"hang-up a.c1.ann"}));
}

TEST_F(CallTest, FindsOutWhoHungUpWhileNothingWasHeard) {
  Talk();
  call_.Compare({{LegOf("ann"), {.up = true, .bridge = "u.b.c1"}}});
  EXPECT_EQ(desk_.Take(), (Notes{"left-talking c1"}));
}

TEST_F(CallTest, RingsAnewWhoseTelephoneWasNeverReached) {
  ComeIn();
  Offer("ann");
  line_.Take();
  call_.Compare({{"cust", {.up = true, .bridge = {}}}});
  call_.Arrange();
  EXPECT_EQ(line_.Take(), (Notes{"dial a.c1.ann"}));
  EXPECT_EQ(desk_.Take(), Notes{});
}

TEST_F(CallTest, ShowsNobodyANumberThatWasWithheld) {
  call_.SetWithheld(true);
  ComeIn();
  Offer("ann");
  EXPECT_TRUE(line_.last.withheld);
  EXPECT_EQ(line_.last.like_leg, "");
  EXPECT_EQ(call_.State().legs(0).address(), "");
}

TEST_F(CallTest, TellsItsLegsTheCustomerFirst) {
  Talk();
  const routing::v1::CallState state = call_.State();
  ASSERT_EQ(state.legs_size(), 2);
  EXPECT_EQ(state.legs(0).party(), CallLeg::PARTY_CUSTOMER);
  EXPECT_EQ(state.legs(0).state(), CallLeg::STATE_UP);
  EXPECT_EQ(state.legs(1).agent_id(), "ann");
}

TEST_F(CallTest, AnswersACallerOfWhomTheRouterHasNotToldYet) {
  call_.CameIn("cust", "+15551", "support");
  call_.Receive();
  EXPECT_EQ(line_.Take(), (Notes{"answer cust", "music cust"}));
  call_.OnSubmitted("c1");
  call_.Arrange();
  EXPECT_EQ(line_.Take(), Notes{});
}

TEST_F(CallTest, DoesNotAnswerWhoIsRefused) {
  call_.CameIn("cust", "+15551", "support");
  call_.SayFarewell("full");
  EXPECT_EQ(line_.Take(), (Notes{"send-back full cust"}));
}

TEST_F(CallTest, TellsTheTelephoneWhichContactItRingsFor) {
  ComeIn();
  Offer("ann");
  EXPECT_EQ(line_.last.contact, "c1");
}

TEST_F(CallTest, KeepsWithTheAgentsLegWhatASuccessorMustKnow) {
  support().record = true;
  Talk();
  const std::string leg = LegOf("ann");
  routing::v1::CallControl mute;
  mute.mutable_mute()->set_muted(true);
  ASSERT_TRUE(call_.Control("ann", mute).ok());
  call_.Arrange();
  const LegNote note = ParseLegNote(line_.kept[leg]);
  EXPECT_EQ(note.recording, line_.recording);
  EXPECT_TRUE(note.muted);
}

TEST_F(CallTest, GoesOnWithTheRecordingOfItsFormerLife) {
  support().record = true;
  MeetTalking("r=u-c1-1-1-7;n=1;p;m");
  EXPECT_EQ(line_.Take(), Notes{});
  EXPECT_EQ(call_.State().recording(), routing::v1::RECORDING_STATE_PAUSED);
  EXPECT_TRUE(call_.State().legs(1).muted());
}

// ---------------------------------------------------------------------------------- since when

TEST_F(CallTest, TellsSinceWhenEachLegIsWhatItIs) {
  clock_ms_ = 1'000;
  call_.CameIn("cust", "+15551", "support");
  clock_ms_ = 1'200;
  call_.OnSubmitted("c1");
  call_.Arrange();  // answered, and hears music
  EXPECT_EQ(SinceMs(0), 1'200);
  clock_ms_ = 3'000;
  Offer("ann");
  EXPECT_EQ(SinceMs(1), 3'000);  // rings
  clock_ms_ = 7'500;
  Up(LegOf("ann"));
  Assign("ann");
  EXPECT_EQ(SinceMs(0), 7'500);  // talks
  EXPECT_EQ(SinceMs(1), 7'500);
  clock_ms_ = 9'000;
  Hold();
  EXPECT_EQ(call_.State().legs(0).state(), CallLeg::STATE_HELD);
  EXPECT_EQ(SinceMs(0), 9'000);
  EXPECT_EQ(SinceMs(1), 7'500);
  clock_ms_ = 12'000;
  Resume();
  EXPECT_EQ(SinceMs(0), 12'000);
  call_.Arrange();
  EXPECT_EQ(SinceMs(0), 12'000);
}

TEST_F(CallTest, TellsNoTimeWhereItKnowsNone) {
  Talk();
  EXPECT_FALSE(call_.State().legs(0).has_since());
  EXPECT_FALSE(call_.State().legs(1).has_since());
}

TEST_F(CallTest, NotesWithTheAgentsLegWhatHasLasted) {
  clock_ms_ = 7'500;
  Talk();
  const std::string leg = LegOf("ann");
  EXPECT_FALSE(line_.kept.contains(leg));  // not at each turn of a call
  EXPECT_TRUE(call_.has_unnoted());
  call_.NoteSince();
  call_.Arrange();
  EXPECT_EQ(line_.kept[leg], "t=2@7500;c=2@7500");
  EXPECT_FALSE(call_.has_unnoted());
  clock_ms_ = 9'000;
  Hold();
  EXPECT_TRUE(call_.has_unnoted());
  EXPECT_EQ(line_.kept[leg], "t=2@7500;c=2@7500");
}

TEST_F(CallTest, NotesSinceWhenSomebodyOutsideRingsWithTheCallItself) {
  Talk();
  clock_ms_ = 3'000;
  routing::v1::CallControl dial;
  dial.mutable_dial_out()->set_number("+4940999");
  ASSERT_TRUE(call_.Control("ann", dial).ok());
  EXPECT_EQ(line_.last.note, "a=+4940999;t=1@3000");
}

TEST_F(CallTest, GoesOnWithTheTimesOfItsFormerLife) {
  clock_ms_ = 60'000;
  MeetTalking("t=2@7500;c=2@9000");
  EXPECT_EQ(SinceMs(0), 9'000);
  EXPECT_EQ(SinceMs(1), 7'500);
  EXPECT_FALSE(call_.has_unnoted());
  EXPECT_TRUE(line_.kept.empty());
  Hold();
  EXPECT_EQ(SinceMs(0), 60'000);
}

TEST_F(CallTest, TellsNoTimeOfWhatEndedWhileNobodyWasHere) {
  clock_ms_ = 60'000;
  MeetTalking("t=1@3000;c=3@9000");  // it rang, and she was held
  EXPECT_FALSE(call_.State().legs(0).has_since());
  EXPECT_FALSE(call_.State().legs(1).has_since());
}

TEST_F(CallTest, KeepsTheNumberAndThePassingOfALegOutsideThatRings) {
  Talk();
  routing::v1::CallControl pass;
  pass.mutable_pass_outside()->set_number("+4940888");
  ASSERT_TRUE(call_.Control("ann", pass).ok());
  EXPECT_EQ(line_.last.note, "x;a=+4940888");
}

// ---------------------------------------------------------------------------- nailed-up telephones

TEST_F(CallTest, LeavesATelephoneUpBehindItsFirstCall) {
  rules_.nailed_up.insert("ann");
  ComeIn();
  Offer("ann");
  EXPECT_EQ(line_.Take(), (Notes{"dial k.c1.ann"}));
  const std::string leg = LegOf("ann");
  Up(leg);
  EXPECT_EQ(desk_.Take(), (Notes{"accept c1 ann o1"}));
  Assign("ann");
  line_.Take();
  Gone("cust", LegEnd::kHungUp);
  Close(Contact::OUTCOME_COMPLETED);
  EXPECT_EQ(line_.Take(), (Notes{"leave u.b.c1 k.c1.ann", "close u.b.c1"}));
  EXPECT_EQ(desk_.nailed, leg);
  EXPECT_TRUE(call_.over());
}

TEST_F(CallTest, DoesNotRingATelephoneThatIsUpAndBridgesItWithTheAccept) {
  rules_.all_nailed_up = true;
  desk_.nailed = "u.k.c0.ann.1";
  ComeIn();
  Offer("ann");
  EXPECT_EQ(line_.Take(), Notes{});
  EXPECT_EQ(desk_.Take(), Notes{});  // she accepts in the console
  Assign("ann");
  EXPECT_EQ(line_.Take(),
            (Notes{"no-music cust", "open u.b.c1", "enter u.b.c1 cust", "enter u.b.c1 k.c0.ann"}));
  Gone("u.k.c0.ann.1", LegEnd::kHungUp);
  EXPECT_EQ(desk_.Take(), (Notes{"complete c1 ann"}));
}

TEST_F(CallTest, HangsUpATelephoneThatWouldStayUpAndStillRings) {
  rules_.all_nailed_up = true;
  ComeIn();
  Offer("ann");
  line_.Take();
  EndOffer();
  EXPECT_EQ(line_.Take(), (Notes{"hang-up k.c1.ann"}));
}

}  // namespace
}  // namespace usher::phone
