// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/id.h"

// Every key of the context, and what it maps to what. Customers and conversations have hash tags of
// their own, so they spread over a Redis Cluster. "Framed": framed_message.h. The messages, said
// and marks of a conversation expire together where a domain keeps them for a time only.
//
//   usher:{acme/id/<kind>:<value>}:customer  string  the customer whose address this is
//   usher:{acme/<customer>}:record           string  framed context.v1.Customer
//   usher:{acme/<customer>}:meta             hash    fed: the last event in the timeline;
//                                                    contacts: how many there were;
//                                                    last_agent: who took the last one;
//                                                    last_contact_at: when it came, unix ms;
//                                                    seen:<agent>: when the agent's last one ended,
//                                                    unix ms, of 64 agents and 30 days at most;
//                                                    had:<contact>: who had an open one, by line
//   usher:{acme/<customer>}:timeline         stream  e: framed context.v1.TimelineEntry without its
//                                                    id; p: its position in the events, of all but
//                                                    notes
//   usher:{acme/<customer>}:notes            hash    request id -> entry id
//   usher:{acme/<customer>}:outside          hash    source/event id -> entry id
//   usher:{acme/<customer>}:audit            stream  a: framed context.v1.CustomerChange: who
//   changed
//                                                    the record, when, before, after
//   usher:{acme/<customer>}:references       zset    numbers of outside events, folded, all of
//                                                    score 0
//   usher:{acme/<customer>}:conflicts        set     <other customer> <kind>:<value>: an address of
//                                                    one that the other gave as well
//   usher:{acme/<customer>}:requests         zset    requests that changed the record, by the unix
//                                                    ms of the change: the last 128, for a day
//   usher:{acme/<customer>}:releases         set     <kind>:<value>: addresses that left the
//                                                    record, until their keys are gone
//   usher:{acme/<customer>}:open_cases       zset    the customer's open cases
//   usher:{acme/<customer>}:merged           hash    <other> -> framed context.v1.CustomerChange:
//   how
//                                                    the record was before and after the other was
//                                                    merged into it; merged:<other>, undone:<other>
//                                                    -> the request that did it last
//   usher:{acme/find/<shard>}:terms          zset    <term> NUL <customer>, all of score 0
//   usher:{acme/<customer>}:reads            stream  r: framed context.v1.CustomerRead; it expires
//                                                    when the last one is too old
//   usher:{acme/<contact>}:messages          stream  <n>-0 -> m: framed context.v1.Message without
//                                                    its id
//   usher:{acme/<contact>}:said              hash    author and client id -> n
//   usher:{acme/<contact>}:marks             hash    <side>:delivered, <side>:read -> n
//   usher:{acme/<contact>}:draft             hash    version; draft: framed context.v1.Message, as
//   it
//                                                    would be said; gone when the contact ends
//   usher:{acme/<customer>}:cases            zset    its cases by the instant of their opening
//   usher:{acme/<customer>}:open_cases       zset    those that are open or pending
//   usher:{acme/<customer>}:told_cases       hash    case -> how far the timeline tells of it
//   usher:{acme/<case>}:case                 string  framed context.v1.CaseRecord
//   usher:{acme/<case>}:case_steps           stream  <version>-0 -> s: framed context.v1.CaseStep.
//                                                    Its entries stand in the timeline with
//                                                    c: <case>:<position>
//   usher:{acme/<case>}:case_requests        hash    request -> fingerprint
//   usher:{acme/agent/<agent>}:owned_cases   zset    the open cases that the agent owns
//   usher:{acme}:open_cases                  zset    all that are open or pending
//   usher:{acme}:promises                    zset    cases by the next instant at which there is
//                                                    something to do about them
//   usher:{acme}:customers                   zset    customer ids by the instant of their creation
//   usher:{acme}:merges                      hash    merges that are under way: <other>:entry ->
//                                                    framed context.v1.TimelineEntry,
//                                                    <other>:change
//                                                    -> framed context.v1.CustomerChange,
//                                                    <other>:request -> request id
//   usher:{acme}:find                        string  how far the index of customers was built
//   usher:{acme}:shards                      zset    the shards of terms, all of score 0
//   usher:{acme}:erasures                    hash    hash of a customer -> framed
//                                                    context.v1.Erasure
//   usher:{acme}:erasing                     set     those of `erasures` that are under way
//   usher:{acme}:fed                         string  the commit up to which all timelines were fed
namespace usher::context {

inline std::string IdentityKey(const DomainId& domain, std::string_view kind,
                               std::string_view value) {
  return "usher:{" + domain.value() + "/id/" + std::string(kind) + ':' + std::string(value) +
         "}:customer";
}

// `what` is the part after the tag.
inline std::string CustomerKey(const DomainId& domain, const CustomerId& customer,
                               const char* what) {
  return "usher:{" + domain.value() + '/' + customer.value() + "}:" + what;
}

// `contact` is the contact's text id, such as c42.
inline std::string ConversationKey(const DomainId& domain, std::string_view contact,
                                   const char* what) {
  return "usher:{" + domain.value() + '/' + std::string(contact) + "}:" + what;
}

inline std::string CustomersKey(const DomainId& domain) {
  return "usher:{" + domain.value() + "}:customers";
}

inline std::string TermsKey(const DomainId& domain, std::string_view shard) {
  return "usher:{" + domain.value() + "/find/" + std::string(shard) + "}:terms";
}

inline std::string ShardsKey(const DomainId& domain) {
  return "usher:{" + domain.value() + "}:shards";
}

inline std::string MergesKey(const DomainId& domain) {
  return "usher:{" + domain.value() + "}:merges";
}

inline std::string FindKey(const DomainId& domain) { return "usher:{" + domain.value() + "}:find"; }
// `what` is the part after the tag; `case_id` such as ca_0123456789abcdef.
inline std::string CaseKey(const DomainId& domain, std::string_view case_id, const char* what) {
  return "usher:{" + domain.value() + '/' + std::string(case_id) + "}:" + what;
}

inline std::string OwnedCasesKey(const DomainId& domain, const AgentId& agent) {
  return "usher:{" + domain.value() + "/agent/" + agent.value() + "}:owned_cases";
}

inline std::string OpenCasesKey(const DomainId& domain) {
  return "usher:{" + domain.value() + "}:open_cases";
}

inline std::string PromisesKey(const DomainId& domain) {
  return "usher:{" + domain.value() + "}:promises";
}

inline std::string ErasuresKey(const DomainId& domain) {
  return "usher:{" + domain.value() + "}:erasures";
}

inline std::string ErasingKey(const DomainId& domain) {
  return "usher:{" + domain.value() + "}:erasing";
}

inline std::string FedKey(const DomainId& domain) { return "usher:{" + domain.value() + "}:fed"; }

}  // namespace usher::context
