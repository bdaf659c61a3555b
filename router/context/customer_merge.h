// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/id.h"
#include "base/result.h"
#include "router/context/customer_store.h"
#include "router/context/timeline_store.h"
#include "router/store/redis_keyspace.h"
#include "usher/context/v1/customer.pb.h"

namespace usher::context {

// Makes two records one, and two again.
//
// The record that goes keeps everything, its addresses and its timeline too, and only says into
// which other it went; CustomerStore shows that other in its place. The one that stays is filled
// with what it lacked, and keeps how it was before and after beside it, so that the undo takes out
// what came in and nobody changed since.
//
// The two lie on different servers of a cluster, so it takes several steps:
//   1. what is to be done is kept among the domain's merges;
//   2. the record that goes is marked (undo: the other one gives back what it got);
//   3. the other one is filled (undo: the mark is removed);
//   4. the timeline of the one that stays tells of it, once;
//   5. what was to be done is done.
// Each step may be repeated. One merge of a domain is under way at a time, and each begins with
// those that a crash cut short; so does the router that takes the domain over (Complete). Loop
// thread of the keyspace.
class CustomerMerge {
 public:
  CustomerMerge(store::RedisKeyspace& redis, CustomerStore& customers, TimelineStore& timelines)
      : redis_(redis), customers_(customers), timelines_(timelines) {}

  struct Request {
    DomainId domain;
    CustomerId customer;     // stays
    CustomerId other;        // goes into it, or is taken out
    std::string request_id;  // the same does it once, also after it was undone
    std::string reason;
    Change change;
  };
  struct Parted {
    v1::Customer customer;
    v1::Customer other;
  };
  // NOT_FOUND/UNKNOWN_CUSTOMER, INVALID_ARGUMENT/SAME_CUSTOMER, FAILED_PRECONDITION/MERGED_ALREADY
  // when either was merged into a third, RESOURCE_EXHAUSTED/TOO_MANY_MERGED, and
  // RESOURCE_EXHAUSTED/TOO_MANY_MERGES when kWaitingMax wait. Gives the one that stays.
  void Merge(const Request& request, std::function<void(Result<v1::Customer>)> done);
  // As Merge, and FAILED_PRECONDITION/NOT_MERGED.
  void Undo(const Request& request, std::function<void(Result<Parted>)> done);
  // Finishes what a crash cut short.
  void Complete(const DomainId& domain, std::function<void(Result<void>)> done);

  static constexpr std::size_t kWaitingMax = 64;  // of one domain

 private:
  // What is to be done, as it is kept.
  struct Task;
  using TaskDone = std::function<void(Result<void>)>;

  void Enqueue(const DomainId& domain, std::function<void(std::function<void()> end)> work,
               const std::function<void(Error)>& refuse);
  void RunNext(const DomainId& domain);
  void CompleteAll(const DomainId& domain, TaskDone done);
  void CompleteEach(std::shared_ptr<std::vector<Task>> tasks, std::size_t next, TaskDone done);

  void BeginMerge(const Request& request, std::function<void(Result<v1::Customer>)> done);
  void BeginUndo(const Request& request, std::function<void(Result<Parted>)> done);
  void ReadBoth(const Request& request,
                std::function<void(Result<Parted>, const std::string& done_by)> done, bool undone);
  static Task ToTask(const Request& request, bool undone);
  void Start(const Task& task, TaskDone done);
  void Perform(const Task& task, TaskDone done);
  void Mark(const Task& task, int tries_left, TaskDone done);
  void Fill(const Task& task, int tries_left, TaskDone done);
  void Empty(const Task& task, int tries_left, TaskDone done);
  void Tell(const Task& task, TaskDone done);
  void Forget(const Task& task, TaskDone done);

  store::RedisKeyspace& redis_;
  CustomerStore& customers_;
  TimelineStore& timelines_;
  // The first of each is under way.
  std::map<DomainId, std::deque<std::function<void(std::function<void()>)>>> waiting_;
};

}  // namespace usher::context
