// SPDX-License-Identifier: Apache-2.0
#include "router/scenario/action_reader.h"

#include <array>
#include <utility>

namespace usher::scenario {
namespace {

using configuration::ItemsOf;
using configuration::MappingReader;
using configuration::Names;
using configuration::Shown;
using configuration::YamlNode;

constexpr configuration::Range kPriorities{-1'000'000, 1'000'000};

// Reads one action; each member function reads the further keys of one verb.
class ActionReader {
 public:
  ActionReader(std::string_view verb, MappingReader& step, const ActionSite& site)
      : verb_(verb), step_(step), site_(site), node_(*step.Find(verb)) {
    action_.verb = verb;
  }

  std::optional<Action> Read();

 private:
  using Method = void (ActionReader::*)();
  struct Verb {
    std::string_view name;
    Method read;
  };
  friend const std::vector<std::string>& usher::scenario::ActionVerbs();
  static const std::array<Verb, 25> kVerbs;

  void ReadSignIn() {
    for (const std::string& agent : Agents()) Do(engine::SignIn{AgentId{agent}});
  }
  void ReadSignOut() {
    std::string forced_by;
    step_.Read("forced_by", forced_by);
    for (const std::string& agent : Agents()) Do(engine::SignOut{AgentId{agent}, forced_by});
  }
  void ReadPresence() {
    engine::SetPresence command{.agent = AgentId{Word()}, .presence = {}, .reason = {}, .by = {}};
    const std::string is = OneOf("is", {"available", "not-ready"});
    command.presence =
        is == "available" ? engine::Presence::kAvailable : engine::Presence::kNotReady;
    step_.Read("reason", command.reason);
    step_.Read("forced_by", command.by);
    Do(std::move(command));
  }
  void ReadConnection() {
    const AgentId agent{Word()};
    const std::string is = OneOf("is", {"lost", "back"});
    Do(engine::SetConnection{agent,
                             is == "lost" ? engine::Connection::kLost : engine::Connection::kBack});
  }

  void ReadAdapter() {
    engine::SetAdapter command{.adapter = Word()};
    if (OneOf("is", {"lost", "back"}) == "lost") command.connection = engine::Connection::kLost;
    std::optional<Duration> since;
    step_.Read("since", since);
    if (since) command.since = site_.start + *since;
    Do(std::move(command));
  }
  void ReadClaim() {
    Contact();
    engine::Claim command;
    Require("through");
    step_.Read("through", command.adapter);
    Do(std::move(command));
  }
  void ReadLose() {
    Contact();
    Do(engine::Lose{});
  }

  void ReadSubmit();
  void ReadCustomer(engine::Submit& submit);

  void ReadAccept() {
    Contact();
    Do(engine::Accept{.contact = {}, .offer = {}, .agent = By()});
  }
  void ReadReject() {
    Contact();
    engine::Reject command{.contact = {}, .offer = {}, .agent = By(), .reason = {}};
    step_.Read("reason", command.reason);
    Do(std::move(command));
  }
  void ReadComplete() {
    Contact();
    engine::Complete command{.contact = {}, .agent = By(), .disposition = {}, .note = {}};
    step_.Read("disposition", command.disposition);
    step_.Read("note", command.note);
    Do(std::move(command));
  }
  void ReadWrapped() {
    Contact();
    Do(engine::EndWrapUp{.contact = {}, .agent = By()});
  }
  void ReadExtend() {
    Contact();
    engine::ExtendWrapUp command{.contact = {}, .agent = By(), .by = {}};
    Require("for");
    step_.Read("for", command.by);
    Do(std::move(command));
  }
  void ReadHold() {
    Contact();
    Do(engine::Hold{.contact = {}, .agent = By()});
  }
  void ReadResume() {
    Contact();
    Do(engine::Resume{.contact = {}, .agent = By()});
  }
  void ReadAbandon() {
    Contact();
    Do(engine::Abandon{.contact = {}, .channel = Channel()});
  }
  void ReadCancel() {
    Contact();
    Do(engine::Cancel{});
  }
  void ReadWithdraw() {
    Contact();
    engine::Withdraw command;
    step_.Read("note", command.note);
    Do(std::move(command));
  }
  void ReadTransfer();
  void ReadUpdate();
  void ReadPull() {
    Contact();
    Do(engine::Pull{.contact = {}, .agent = By()});
  }
  void ReadConsult();
  void ReadAssign() {
    Contact();
    engine::Assign command;
    std::string to;
    Require("to");
    step_.Read("to", to);
    command.agent = AgentId{to};
    command.by = By().value();
    Do(std::move(command));
  }
  void ReadApply() {
    std::optional<engine::Domain> domain = site_.read_domain(node_);
    if (domain) Do(engine::ApplyDomain{.domain = *std::move(domain), .version = 0});
  }
  void ReadRestart() {
    step_.Read(verb_, action_.restart);
    if (!action_.restart) step_.Complain(node_, "restart must be true");
  }

  void Do(engine::Command command) { action_.commands.push_back(std::move(command)); }

  void Contact() { action_.contact = Word(); }

  // The verb's own value as a single word.
  std::string Word() {
    std::string word;
    step_.Read(verb_, word);
    return word;
  }

  std::vector<std::string> Agents() {
    std::vector<std::string> agents;
    for (const YamlNode* item : ItemsOf(node_)) {
      if (item->kind == YamlNode::Kind::kScalar) {
        agents.push_back(item->text);
      } else {
        step_.Complain(*item, verb_ + " must name agents, not " + Shown(*item));
      }
    }
    return agents;
  }

  AgentId By() {
    std::string by;
    step_.Read("by", by);
    return AgentId{by};
  }

  std::optional<engine::Channel> Channel() {
    std::string channel;
    Names channels("channel");
    for (const engine::Channel each : engine::kChannels) {
      channels.Add(std::string(engine::ToString(each)));
    }
    step_.Read("channel", channels, channel);
    return engine::FindChannel(channel);
  }

  void Require(std::string_view key) {
    if (step_.Find(key) == nullptr) {
      step_.Complain(node_, verb_ + " needs " + std::string(key) + ":");
    }
  }

  std::string OneOf(std::string_view key, const std::vector<std::string>& words) {
    std::string word;
    Require(key);
    step_.Read(key, Names{"value", words}, word);
    return word;
  }

  std::string verb_;
  MappingReader& step_;
  const ActionSite& site_;
  const YamlNode& node_;
  Action action_;
};

const std::array<ActionReader::Verb, 25> ActionReader::kVerbs = {{
    {"sign_in", &ActionReader::ReadSignIn},    {"sign_out", &ActionReader::ReadSignOut},
    {"presence", &ActionReader::ReadPresence}, {"connection", &ActionReader::ReadConnection},
    {"submit", &ActionReader::ReadSubmit},     {"accept", &ActionReader::ReadAccept},
    {"reject", &ActionReader::ReadReject},     {"complete", &ActionReader::ReadComplete},
    {"wrapped", &ActionReader::ReadWrapped},   {"extend", &ActionReader::ReadExtend},
    {"hold", &ActionReader::ReadHold},         {"resume", &ActionReader::ReadResume},
    {"abandon", &ActionReader::ReadAbandon},   {"cancel", &ActionReader::ReadCancel},
    {"withdraw", &ActionReader::ReadWithdraw}, {"transfer", &ActionReader::ReadTransfer},
    {"update", &ActionReader::ReadUpdate},     {"pull", &ActionReader::ReadPull},
    {"apply", &ActionReader::ReadApply},       {"restart", &ActionReader::ReadRestart},
    {"consult", &ActionReader::ReadConsult},   {"assign", &ActionReader::ReadAssign},
    {"adapter", &ActionReader::ReadAdapter},   {"claim", &ActionReader::ReadClaim},
    {"lose", &ActionReader::ReadLose},
}};

std::optional<Action> ActionReader::Read() {
  const std::size_t complaints = step_.diagnostics().list().size();
  for (const Verb& verb : kVerbs) {
    if (verb.name == verb_) (this->*verb.read)();
  }
  std::string refused;
  step_.Read("refused", refused);
  if (!refused.empty()) {
    action_.refused = engine::FindRefusal(refused);
    if (!action_.refused) {
      step_.Complain(*step_.Find("refused"), "refused: " + ReasonNames().Missing(refused));
    }
  }
  if (step_.diagnostics().list().size() > complaints) return std::nullopt;
  return std::move(action_);
}

void ActionReader::ReadSubmit() {
  Contact();
  engine::Submit submit;
  submit.channel = Channel().value_or(engine::Channel::kVoice);
  std::string queue;
  step_.Read("queue", queue);
  submit.queue = QueueId{queue};
  step_.Read("priority", kPriorities, submit.priority);
  step_.Read("head_start", submit.head_start);
  std::optional<Duration> due;
  step_.Read("due", due);
  if (due) submit.due = site_.start + *due;
  step_.Read("requires", submit.requirement);
  std::string prefer;
  step_.Read("prefer", prefer);
  submit.prefer = AgentId{prefer};
  step_.Read("prefer_for", submit.prefer_for);
  ReadCustomer(submit);
  step_.Read("external_id", submit.external_id);
  step_.Read("through", submit.adapter);
  std::optional<Duration> not_before;
  step_.Read("not_before", not_before);
  if (not_before) submit.not_before = site_.start + *not_before;
  step_.Read("wait_limit", submit.wait_limit);
  step_.Read("max_tier", {0, 1000}, submit.max_tier);
  step_.ReadTexts("attributes", submit.attributes);
  Do(std::move(submit));
}

// A map of what rules may ask of the customer, among it perhaps her id; or the id alone.
void ActionReader::ReadCustomer(engine::Submit& submit) {
  const YamlNode* customer = step_.Find("customer");
  if (customer == nullptr) return;
  if (customer->kind == YamlNode::Kind::kMapping) {
    step_.ReadTexts("customer", submit.customer_facts);
    const auto id = submit.customer_facts.find("id");
    if (id != submit.customer_facts.end()) submit.customer = CustomerId{id->second};
    return;
  }
  std::string id;
  step_.Read("customer", id);
  submit.customer = CustomerId{id};
}

void ActionReader::ReadTransfer() {
  Contact();
  engine::Transfer transfer;
  transfer.by = By();
  std::string to_queue;
  std::string to_agent;
  step_.Read("to_queue", to_queue);
  step_.Read("to_agent", to_agent);
  if (to_queue.empty() == to_agent.empty()) {
    step_.Complain(node_, "transfer needs to_queue: or to_agent:, one of them");
  }
  transfer.to_queue = QueueId{to_queue};
  transfer.to_agent = AgentId{to_agent};
  Do(std::move(transfer));
}

void ActionReader::ReadConsult() {
  Contact();
  engine::Consult consult;
  consult.by = By();
  Require("by");
  std::string to_queue;
  std::string to_agent;
  step_.Read("to_queue", to_queue);
  step_.Read("to_agent", to_agent);
  step_.Read("as", action_.as);
  if (to_queue.empty() == to_agent.empty()) {
    step_.Complain(node_, "consult needs to_queue: or to_agent:, one of them");
  }
  consult.to_queue = QueueId{to_queue};
  consult.to_agent = AgentId{to_agent};
  Do(std::move(consult));
}

void ActionReader::ReadUpdate() {
  Contact();
  engine::Update update;
  step_.Read("priority", kPriorities, update.priority);
  step_.Read("head_start", update.head_start);
  step_.Read("requires", update.requirement);
  std::optional<std::string> queue;
  step_.Read("queue", queue);
  if (queue) update.queue = QueueId{*queue};
  update.channel = Channel();
  step_.ReadTexts("attributes", update.attributes);
  Do(std::move(update));
}

}  // namespace

const std::vector<std::string>& ActionVerbs() {
  static const std::vector<std::string> verbs = [] {
    std::vector<std::string> names;
    for (const auto& verb : ActionReader::kVerbs) names.emplace_back(verb.name);
    return names;
  }();
  return verbs;
}

const Names& ReasonNames() {
  static const Names names = [] {
    Names all("reason");
    for (const std::string_view word : engine::RefusalWords()) {
      if (word != ToString(engine::Refusal::kNone)) all.Add(std::string(word));
    }
    return all;
  }();
  return names;
}

std::optional<Action> ReadAction(std::string_view verb, MappingReader& step,
                                 const ActionSite& site) {
  return ActionReader(verb, step, site).Read();
}

}  // namespace usher::scenario
