// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/id.h"

// Every key of the context, and what it maps to what. Customers and conversations have hash tags of
// their own, so they spread over a Redis Cluster. "Framed": framed_message.h.
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
//   usher:{acme/<customer>}:audit            stream  a: framed context.v1.CustomerChange: who
//   changed
//                                                    the record, when, before, after
//   usher:{acme/<customer>}:references       zset    numbers of outside events, folded, all of
//   score 0 usher:{acme/<customer>}:conflicts        set     <other customer> <kind>:<value>: an
//   address of
//                                                    one that the other gave as well
//   usher:{acme/find/<shard>}:terms          zset    <term> NUL <customer>, all of score 0
//   usher:{acme/<customer>}:reads            stream  r: framed context.v1.CustomerRead; it expires
//                                                    when the last one is too old
//   usher:{acme/<contact>}:messages          stream  <n>-0 -> m: framed context.v1.Message without
//                                                    its id
//   usher:{acme/<contact>}:said              hash    author and client id -> n
//   usher:{acme/<contact>}:marks             hash    <side>:delivered, <side>:read -> n
//   usher:{acme}:customers                   zset    customer ids by the instant of their creation
//   usher:{acme}:shards                      zset    the shards of terms, all of score 0
//   usher:{acme}:erasures                    hash    hash of a customer -> framed context.v1.Erasure
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

inline std::string ErasuresKey(const DomainId& domain) {
  return "usher:{" + domain.value() + "}:erasures";
}

inline std::string FedKey(const DomainId& domain) { return "usher:{" + domain.value() + "}:fed"; }

}  // namespace usher::context
