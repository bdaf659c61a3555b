// SPDX-License-Identifier: Apache-2.0
#include "usher/commands.h"

#include <algorithm>
#include <iostream>
#include <utility>
#include <vector>

#include <google/protobuf/util/time_util.h>

#include "router/configuration/text_file.h"
#include "usher/admin/v1/admin_service.grpc.pb.h"
#include "usher/admin/v1/router_service.grpc.pb.h"
#include "usher/agents/v1/agent_service.grpc.pb.h"
#include "usher/context/v1/context_service.grpc.pb.h"
#include "usher/routing/v1/explain_service.grpc.pb.h"
#include "usher/routing/v1/routing_service.grpc.pb.h"
#include "usher/run_call.h"

namespace usher::app {

namespace {

constexpr std::uint32_t kPageSize = 500;

std::string StateOf(const routing::v1::Contact& contact) {
  return ShownEnum(routing::v1::Contact::State_Name(contact.state()), "STATE_");
}

std::string ChannelOf(type::v1::Channel channel) {
  return ShownEnum(type::v1::Channel_Name(channel), "CHANNEL_");
}

std::string PresenceOf(const agents::v1::Agent& agent) {
  const std::string presence =
      ShownEnum(agents::v1::Agent::Presence_Name(agent.presence()), "PRESENCE_");
  return agent.reason().empty() ? presence : presence + " (" + agent.reason() + ")";
}

#define USHER_CALL(Service, Method)                                               \
  [](const std::shared_ptr<grpc::Channel>& channel, grpc::ClientContext* context, \
     const auto& sent,                                                            \
     auto* received) { return Service::NewStub(channel)->Method(context, sent, received); }

void PrintContacts(const google::protobuf::RepeatedPtrField<routing::v1::Contact>& contacts) {
  std::vector<std::vector<std::string>> rows;
  for (const routing::v1::Contact& contact : contacts) {
    rows.push_back({contact.id(), StateOf(contact), ChannelOf(contact.channel()), contact.queue(),
                    Shown(contact.waited()), contact.agent(), contact.customer_id(),
                    contact.subject()});
  }
  PrintTable({"contact", "state", "channel", "queue", "waited", "agent", "customer", "subject"},
             rows);
}

// The interval that holds eight times in ten; "" where nothing is known.
std::string MayWait(const routing::v1::Contact& contact) {
  if (!contact.has_estimated_wait()) return "";
  const routing::v1::WaitEstimate& wait = contact.estimated_wait();
  return Shown(wait.low()) + " to " + Shown(wait.high());
}

void PrintContact(const routing::v1::Contact& contact) {
  PrintTable(
      {"field", "value"},
      {{"contact", contact.id()},
       {"state", StateOf(contact)},
       {"outcome", ShownEnum(routing::v1::Contact::Outcome_Name(contact.outcome()), "OUTCOME_")},
       {"channel", ChannelOf(contact.channel())},
       {"queue", contact.queue()},
       {"position", contact.position() == 0 ? "" : std::to_string(contact.position())},
       {"will wait", MayWait(contact)},
       {"waited", Shown(contact.waited())},
       {"agent", contact.agent()},
       {"customer", contact.customer_id()},
       {"subject", contact.subject()},
       {"consult", contact.consult()},
       {"consults", contact.consults()},
       {"resumes", contact.resumes()},
       {"disposition", contact.disposition()},
       {"transfers", std::to_string(contact.transfers())},
       {"queued at", Shown(contact.enqueued_at())},
       {"due", Shown(contact.due())},
       {"closed at", Shown(contact.closed_at())}});
}

// An instant as people and as protobuf's JSON write it, always UTC.
template <class Request>
Result<void> ReadMoment(std::string text, Request& request) {
  if (text.empty()) return {};
  if (text.size() > 10 && text[10] == ' ') text[10] = 'T';
  if (!text.ends_with('Z') ||
      !google::protobuf::util::TimeUtil::FromString(text, request.mutable_at())) {
    return Error{Code::kInvalidArgument, "BAD_INSTANT", "--at " + text + " is not an instant",
                 "write it in UTC, such as 2026-11-21T19:52:12Z"};
  }
  return {};
}

std::vector<std::string> RowOf(const routing::v1::Queue& queue) {
  const std::uint32_t level = queue.service_level_basis_points();
  return {queue.id(),
          std::to_string(queue.waiting()),
          Shown(queue.longest_wait()),
          std::to_string(queue.assigned()),
          std::to_string(queue.agents_available()) + "/" + std::to_string(queue.agents_signed_in()),
          queue.accepted() == 0 ? "" : std::to_string(level / 100) + "%"};
}

const std::vector<std::string>& QueueHeads() {
  static const std::vector<std::string> heads = {"queue",    "waiting",          "longest",
                                                 "assigned", "agents available", "service level"};
  return heads;
}

std::vector<std::string> RowOf(const agents::v1::Agent& agent) {
  std::string load;
  for (const agents::v1::Load& one : agent.load()) {
    if (!load.empty()) load += ' ';
    load += ChannelOf(one.channel()) + ' ' + std::to_string(one.used()) + '/' +
            std::to_string(one.max());
  }
  return {agent.id(), agent.name(), PresenceOf(agent), load};
}

}  // namespace

int ListContacts(const ClientOptions& client, Output output, const std::string& queue) {
  routing::v1::ListContactsRequest request;
  request.set_queue(queue);
  request.mutable_page()->set_page_size(kPageSize);
  return RunCall<routing::v1::ListContactsResponse>(
      client, output, request, USHER_CALL(routing::v1::RoutingService, ListContacts),
      [](const auto& response) { PrintContacts(response.contacts()); });
}

int ShowContact(const ClientOptions& client, Output output, const std::string& id) {
  routing::v1::GetContactRequest request;
  request.set_contact_id(id);
  return RunCall<routing::v1::GetContactResponse>(
      client, output, request, USHER_CALL(routing::v1::RoutingService, GetContact),
      [](const auto& response) { PrintContact(response.contact()); });
}

int ListQueues(const ClientOptions& client, Output output) {
  routing::v1::ListQueuesRequest request;
  request.mutable_page()->set_page_size(kPageSize);
  return RunCall<routing::v1::ListQueuesResponse>(
      client, output, request, USHER_CALL(routing::v1::RoutingService, ListQueues),
      [](const auto& response) {
        std::vector<std::vector<std::string>> rows;
        for (const auto& queue : response.queues()) rows.push_back(RowOf(queue));
        PrintTable(QueueHeads(), rows);
      });
}

int ShowQueue(const ClientOptions& client, Output output, const std::string& id) {
  routing::v1::GetQueueRequest request;
  request.set_queue(id);
  request.mutable_page()->set_page_size(kPageSize);
  return RunCall<routing::v1::GetQueueResponse>(
      client, output, request, USHER_CALL(routing::v1::RoutingService, GetQueue),
      [](const auto& response) {
        PrintTable(QueueHeads(), {RowOf(response.queue())});
        if (response.waiting_size() == 0) return;
        std::cout << '\n';
        PrintContacts(response.waiting());
      });
}

int ListAgents(const ClientOptions& client, Output output) {
  agents::v1::ListAgentsRequest request;
  request.mutable_page()->set_page_size(kPageSize);
  return RunCall<agents::v1::ListAgentsResponse>(
      client, output, request, USHER_CALL(agents::v1::AgentService, ListAgents),
      [](const auto& response) {
        std::vector<std::vector<std::string>> rows;
        for (const auto& agent : response.agents()) rows.push_back(RowOf(agent));
        PrintTable({"agent", "name", "presence", "load"}, rows);
      });
}

int ShowAgent(const ClientOptions& client, Output output, const std::string& id) {
  agents::v1::GetAgentRequest request;
  request.set_agent_id(id);
  return RunCall<agents::v1::GetAgentResponse>(
      client, output, request, USHER_CALL(agents::v1::AgentService, GetAgent),
      [](const auto& response) {
        PrintTable({"agent", "name", "presence", "load"}, {RowOf(response.desk().agent())});
        if (response.desk().contacts_size() == 0) return;
        std::cout << '\n';
        PrintContacts(response.desk().contacts());
      });
}

int ExplainContact(const ClientOptions& client, Output output, const ExplainOptions& options) {
  routing::v1::ExplainContactRequest request;
  request.set_contact_id(options.id);
  if (Result<void> read = ReadMoment(options.at, request); !read.ok()) {
    return PrintError(read.error(), output);
  }
  return RunCall<routing::v1::ExplainContactResponse>(
      client, output, request, USHER_CALL(routing::v1::ExplainService, ExplainContact),
      [](const auto& response) { PrintText(response.text()); });
}

int ExplainAgent(const ClientOptions& client, Output output, const ExplainOptions& options) {
  routing::v1::ExplainAgentRequest request;
  request.set_agent_id(options.id);
  if (Result<void> read = ReadMoment(options.at, request); !read.ok()) {
    return PrintError(read.error(), output);
  }
  return RunCall<routing::v1::ExplainAgentResponse>(
      client, output, request, USHER_CALL(routing::v1::ExplainService, ExplainAgent),
      [](const auto& response) { PrintText(response.text()); });
}

int ExplainOffer(const ClientOptions& client, Output output, const ExplainOptions& options) {
  routing::v1::ExplainOfferRequest request;
  request.set_offer_id(options.id);
  return RunCall<routing::v1::ExplainOfferResponse>(
      client, output, request, USHER_CALL(routing::v1::ExplainService, ExplainOffer),
      [](const auto& response) { PrintText(response.text()); });
}

int ListRouters(const ClientOptions& options, Output output) {
  Result<Client> client = Client::Connect(options);
  if (!client.ok()) return PrintError(client.error(), output);
  const auto answers = client->AskEach<admin::v1::GetRouterResponse>(
      admin::v1::GetRouterRequest(), USHER_CALL(admin::v1::RouterService, GetRouter));
  std::vector<std::vector<std::string>> rows;
  for (const auto& [server, answer] : answers) {
    if (!answer.ok()) {
      rows.push_back({server, "", "", "", "", "", answer.error().message});
      continue;
    }
    if (output == Output::kJson) PrintJson(*answer);
    for (const admin::v1::RouterDomain& domain : answer->domains()) {
      rows.push_back(
          {server, answer->router_id(), domain.domain(),
           ShownEnum(admin::v1::RouterDomain::Standing_Name(domain.standing()), "STANDING_"),
           domain.epoch() == 0 ? "" : std::to_string(domain.epoch()),
           domain.sequence() == 0 ? "" : std::to_string(domain.sequence()), domain.detail()});
    }
  }
  if (output == Output::kTable) {
    PrintTable({"server", "router", "domain", "standing", "epoch", "sequence", "detail"}, rows);
  }
  const bool all_failed = std::none_of(answers.begin(), answers.end(),
                                       [](const auto& answer) { return answer.second.ok(); });
  return all_failed ? 1 : 0;
}

int StepDown(const ClientOptions& client, Output output) {
  return RunCall<admin::v1::StepDownResponse>(
      client, output, admin::v1::StepDownRequest(), USHER_CALL(admin::v1::RouterService, StepDown),
      [&client](const admin::v1::StepDownResponse& response) {
        std::cout << "domain " << client.domain << " is handed over at sequence "
                  << response.sequence() << '\n';
      });
}

int Apply(const ClientOptions& client, Output output, const ApplyOptions& options) {
  Result<std::string> yaml = configuration::ReadTextFile(options.file, 1 << 20);
  if (!yaml.ok()) return PrintError(yaml.error(), output);
  const auto print = [](const auto& changes, const auto& diagnostics) {
    for (const std::string& change : changes) std::cout << "  " << change << '\n';
    for (const auto& diagnostic : diagnostics) {
      std::cout << diagnostic.severity() << ": ";
      if (diagnostic.line() != 0) std::cout << "line " << diagnostic.line() << ": ";
      std::cout << diagnostic.message() << '\n';
    }
  };
  if (options.dry_run) {
    admin::v1::DiffDomainRequest request;
    request.set_yaml(*std::move(yaml));
    bool sound = true;
    const int code = RunCall<admin::v1::DiffDomainResponse>(
        client, output, request, USHER_CALL(admin::v1::AdminService, DiffDomain),
        [&](const auto& response) {
          print(response.changes(), response.diagnostics());
          for (const auto& diagnostic : response.diagnostics()) {
            sound = sound && diagnostic.severity() != "error";
          }
          if (sound && response.changes_size() == 0) std::cout << "nothing changes\n";
        });
    return code != 0 ? code : sound ? 0 : 2;
  }
  admin::v1::ApplyDomainRequest request;
  request.set_yaml(*std::move(yaml));
  request.set_based_on(options.based_on);
  return RunCall<admin::v1::ApplyDomainResponse>(
      client, output, request, USHER_CALL(admin::v1::AdminService, ApplyDomain),
      [&](const auto& response) {
        print(response.changes(), response.warnings());
        std::cout << "version " << response.version() << " is in force\n";
      });
}

#undef USHER_CALL

}  // namespace usher::app
