// SPDX-License-Identifier: Apache-2.0
#include "router/service/access_rules.h"

#include <initializer_list>
#include <string>

namespace usher::service {

namespace {

using io::Role;
using Roles = std::initializer_list<Role>;

void Allow(io::AccessPolicy& policy, const std::string& service,
           std::initializer_list<const char*> methods, Roles roles) {
  for (const char* method : methods) policy.Allow("/usher." + service + '/' + method, roles);
}

}  // namespace

void AllowRouterMethods(io::AccessPolicy& policy) {
  // Adapters bring contacts in and say when the customer left.
  Allow(policy, "routing.v1.RoutingService",
        {"SubmitContact", "CancelContact", "AbandonContact", "CompleteContact"},
        {Role::kAdapter, Role::kAdmin});
  Allow(policy, "routing.v1.RoutingService", {"TransferContact", "UpdateContact"},
        {Role::kAdapter, Role::kSupervisor, Role::kAdmin});
  Allow(policy, "routing.v1.RoutingService",
        {"GetContact", "ListContacts", "WatchContacts", "ListQueues", "GetQueue"},
        {Role::kAdapter, Role::kSupervisor, Role::kAdmin});
  Allow(policy, "routing.v1.RoutingService", {"RouteContacts"}, {Role::kAdapter});
  // Why: it tells of all agents and contacts, so it is for those who may see them all.
  Allow(policy, "routing.v1.ExplainService", {"ExplainOffer", "ExplainContact", "ExplainAgent"},
        {Role::kAdapter, Role::kSupervisor, Role::kAdmin});

  // Agents act for themselves; gateways are adapters that speak for many agents.
  Allow(policy, "agents.v1.AgentService",
        {"SignIn", "SignOut", "SetPresence", "TransferContact", "GetAgent", "ListAgents"},
        {Role::kAgent, Role::kSupervisor, Role::kAdapter, Role::kAdmin});
  Allow(policy, "agents.v1.AgentService",
        {"AcceptOffer", "RejectOffer", "CompleteContact", "EndWrapUp", "ExtendWrapUp",
         "HoldContact", "ResumeContact", "PullContact", "ConsultContact", "WatchAgent"},
        {Role::kAgent, Role::kAdapter});
  Allow(policy, "agents.v1.AgentService", {"AssignContact"}, {Role::kSupervisor, Role::kAdmin});
  // The sound of calls: the contact's agent, and supervisors who come in.
  Allow(policy, "agents.v1.AgentService", {"ControlCall"},
        {Role::kAgent, Role::kSupervisor, Role::kAdapter, Role::kAdmin});
  Allow(policy, "agents.v1.AgentService", {"PlaceCall", "StartMail"},
        {Role::kAgent, Role::kSupervisor, Role::kAdapter});
  Allow(policy, "agents.v1.AgentService", {"ServeAgents"}, {Role::kAdapter});

  // The customer's context: adapters resolve and converse, people read and note.
  Allow(policy, "context.v1.ContextService", {"ResolveCustomer", "Converse"},
        {Role::kAdapter, Role::kAdmin});
  Allow(policy, "context.v1.ContextService", {"AppendMessages", "WatchConversation"},
        {Role::kAgent, Role::kAdapter, Role::kAdmin});
  Allow(policy, "context.v1.ContextService",
        {"GetCustomer", "UpdateCustomer", "ListTimeline", "AddNote", "ListMessages"},
        {Role::kAgent, Role::kSupervisor, Role::kAdapter, Role::kAdmin});
  Allow(policy, "context.v1.ContextService",
        {"SearchCustomers", "CreateCustomer", "AddIdentity", "RemoveIdentity", "SuggestDuplicates",
         "SearchMessages", "WatchTimeline", "SaveDraft", "GetDraft"},
        {Role::kAgent, Role::kSupervisor, Role::kAdapter, Role::kAdmin});
  Allow(policy, "context.v1.ContextService", {"ListCustomers", "MergeCustomers", "UndoMerge"},
        {Role::kSupervisor, Role::kAdapter, Role::kAdmin});
  Allow(policy, "context.v1.ContextService", {"RecordEvents"}, {Role::kAdapter, Role::kAdmin});

  Allow(policy, "context.v1.PrivacyService", {"ListChanges"},
        {Role::kAgent, Role::kSupervisor, Role::kAdapter, Role::kAdmin});
  Allow(policy, "context.v1.PrivacyService", {"ListReads", "ExportCustomer"},
        {Role::kSupervisor, Role::kAdmin});
  Allow(policy, "context.v1.PrivacyService", {"EraseCustomer"}, {Role::kAdmin});
  Allow(policy, "context.v1.PrivacyService", {"RevertChange"},
        {Role::kSupervisor, Role::kAdapter, Role::kAdmin});
  Allow(policy, "context.v1.CaseService",
        {"OpenCase", "GetCase", "ListCases", "UpdateCase", "TransferCase", "MakePromise",
         "KeepPromise"},
        {Role::kAgent, Role::kSupervisor, Role::kAdapter, Role::kAdmin});

  Allow(policy, "admin.v1.AdminService", {"ApplyDomain", "RollbackDomain"}, {Role::kAdmin});
  Allow(policy, "admin.v1.AdminService", {"GetDomain", "ListDomainVersions", "DiffDomain"},
        {Role::kSupervisor, Role::kAdmin});
  Allow(policy, "admin.v1.RouterService", {"GetRouter", "StepDown"}, {Role::kAdmin});
}

}  // namespace usher::service
