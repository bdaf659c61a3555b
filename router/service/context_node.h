// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/id.h"
#include "base/result.h"
#include "router/context/case_store.h"
#include "router/context/conversation_hub.h"
#include "router/context/conversation_store.h"
#include "router/context/customer_desk.h"
#include "router/context/customer_duplicates.h"
#include "router/context/customer_index.h"
#include "router/context/customer_merge.h"
#include "router/context/customer_search.h"
#include "router/context/customer_store.h"
#include "router/context/index_builder.h"
#include "router/context/read_log.h"
#include "router/context/timeline_hub.h"
#include "router/context/timeline_store.h"
#include "router/service/case_desk.h"
#include "router/service/domain_node.h"
#include "router/service/refused_words.h"
#include "router/service/slow_readers.h"
#include "router/store/redis_keyspace.h"

namespace usher::service {

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
        customers(keyspace, index, admit_new,
                  [this](const DomainId& domain) { return Country(domain); }),
        desk(keyspace, customers),
        timelines(keyspace, timeline_hub),
        search(index, customers),
        duplicates(keyspace, index, customers),
        merges(keyspace, customers, timelines),
        index_builder(keyspace, index, customers),
        conversations(keyspace),
        reads(keyspace),
        cases(keyspace),
        slow_readers(metrics),
        find_led(std::move(find)),
        admit(std::move(admit_new)) {
    customers.OnChange([this](const DomainId& domain, const CustomerId& customer) {
      timeline_hub.Publish(domain, customer);
    });
  }

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
  context::CustomerDesk desk;
  RefusedWords refused_words;
  context::TimelineStore timelines;
  context::CustomerSearch search;
  context::CustomerDuplicates duplicates;
  context::CustomerMerge merges;
  context::IndexBuilder index_builder;
  context::ConversationStore conversations;
  context::ReadLog reads;
  context::CaseStore cases;
  context::ConversationHub hub;
  SlowReaders slow_readers;
  std::map<DomainId, CaseDesk*> case_desks;  // of every domain that may be led here
  const std::function<Result<DomainNode*>(const DomainId&)> find_led;
  const std::function<Result<void>(const DomainId&)> admit;

  // Records of which nothing may be read or written, since they are being erased.
  std::set<std::pair<DomainId, CustomerId>> being_erased;

 private:
  // Where the national phone numbers of the domain are from; "" where it is not led here.
  std::string Country(const DomainId& domain) const {
    const Result<DomainNode*> led = find_led(domain);
    return led.ok() ? (*led)->runtime.engine().domain().customers.country : std::string();
  }
};

}  // namespace usher::service
