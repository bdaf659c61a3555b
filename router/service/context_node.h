// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/id.h"
#include "base/result.h"
#include "router/context/conversation_hub.h"
#include "router/context/conversation_store.h"
#include "router/context/customer_index.h"
#include "router/context/customer_store.h"
#include "router/context/read_log.h"
#include "router/context/timeline_hub.h"
#include "router/context/timeline_store.h"
#include "router/service/domain_node.h"
#include "router/service/slow_readers.h"
#include "router/store/redis_keyspace.h"

namespace usher::service {

// Whose a case is, as far as it says who may see it.
struct CaseParties {
  std::string id;
  CustomerId customer;
  std::string owner;  // "": nobody's
};

// The shared context of all domains: its stores on one connection, and who follows what. The router
// that leads a domain reads and writes it: there it is known what is configured, whose contact is
// with whom, and who follows.
struct ContextNode {
  // `find` gives the domain when this router leads it, or why not; `admit_new` says whether there
  // is room for what is new in it.
  ContextNode(store::RedisKeyspace& keyspace, io::Metrics& metrics,
              std::function<Result<DomainNode*>(const DomainId&)> find,
              std::function<Result<void>(const DomainId&)> admit_new)
      : redis(keyspace),
        index(keyspace, [this](const DomainId& domain) { return SearchableFields(domain); }),
        customers(keyspace, index, admit_new),
        timelines(keyspace, timeline_hub),
        conversations(keyspace),
        reads(keyspace),
        slow_readers(metrics),
        find_led(std::move(find)),
        admit(std::move(admit_new)) {}

  store::RedisKeyspace& redis;
  context::TimelineHub timeline_hub;  // told of what is new in timelines and records
  // Ids of the declared fields of a domain that is led here.
  std::vector<std::string> SearchableFields(const DomainId& domain) const {
    std::vector<std::string> ids;
    const Result<DomainNode*> led = find_led(domain);
    if (!led.ok()) return ids;
    for (const auto& field : (*led)->runtime.engine().domain().customers.fields) {
      if (field.searchable) ids.push_back(field.id);
    }
    return ids;
  }

  context::CustomerIndex index;
  context::CustomerStore customers;
  context::TimelineStore timelines;
  context::ConversationStore conversations;
  context::ReadLog reads;
  context::ConversationHub hub;
  SlowReaders slow_readers;
  const std::function<Result<DomainNode*>(const DomainId&)> find_led;
  const std::function<Result<void>(const DomainId&)> admit;

  // Records of which nothing may be read or written, since they are being erased.
  std::set<std::pair<DomainId, CustomerId>> being_erased;

  // Of the cases: whose one is (NOT_FOUND/UNKNOWN_CASE), and the open one of these records that is
  // this agent's ("" for none). A node without cases knows none.
  std::function<void(const DomainId&, const std::string& case_id,
                     std::function<void(Result<CaseParties>)>)>
      find_case = [](const DomainId&, const std::string& case_id, const auto& done) {
        done(Error{Code::kNotFound, "UNKNOWN_CASE", "there is no case " + case_id,
                   "list the customer's cases"});
      };
  std::function<void(const DomainId&, const std::vector<CustomerId>& records, const AgentId& owner,
                     std::function<void(Result<std::string>)>)>
      find_open_case = [](const DomainId&, const auto&, const AgentId&, const auto& done) {
        done(std::string());
      };
};

}  // namespace usher::service
