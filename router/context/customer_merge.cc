// SPDX-License-Identifier: Apache-2.0
#include "router/context/customer_merge.h"

#include <optional>
#include <set>
#include <string_view>
#include <utility>

#include "base/failpoint.h"
#include "router/context/framed_message.h"
#include "router/context/keys.h"
#include "router/context/merged_fields.h"

namespace usher::context {

namespace {

using store::RecordKind;
using store::RedisReply;

constexpr int kTriesMax = 16;

Error Cut(const CustomerId& other) {
  return {Code::kUnavailable, "MERGE_CUT", "the merge of " + other.value() + " was cut short",
          "repeat the call"};
}

Error Busy(const CustomerId& customer) {
  return {Code::kAborted, "CUSTOMER_BUSY",
          "the record of " + customer.value() + " was changed by others all the while",
          "repeat the call"};
}

Error MergedAlready(const v1::Customer& customer) {
  return {Code::kFailedPrecondition, "MERGED_ALREADY",
          "customer " + customer.id() + " was merged into " + customer.merged_into(),
          "name that one, or undo that merge first"};
}

Result<void> Check(const Result<RedisReply>& reply, const char* doing) {
  if (!reply.ok()) return reply.error();
  if (reply->IsError()) return store::ToError(*reply, doing);
  return {};
}

void SetAt(google::protobuf::Timestamp& out, Instant at) {
  out.set_seconds(ToUnixMs(at) / 1000);
  out.set_nanos(static_cast<std::int32_t>(ToUnixMs(at) % 1000 * 1'000'000));
}

std::int64_t ToMs(const google::protobuf::Timestamp& at) {
  return at.seconds() * 1000 + at.nanos() / 1'000'000;
}

}  // namespace

// Kept in two frames that there are anyway: the entry that the timeline will get, and who does it.
struct CustomerMerge::Task {
  DomainId domain;
  v1::TimelineEntry entry;    // customer_id: the record that stays; merged: the other, undone, why
  v1::CustomerChange change;  // by, role and at
  std::string request_id;

  CustomerId stays() const { return CustomerId{entry.customer_id()}; }
  CustomerId other() const { return CustomerId{entry.merged().other_customer_id()}; }
  bool undone() const { return entry.merged().undone(); }
  Change by() const { return {change.by(), change.role(), InstantFromUnixMs(ToMs(change.at()))}; }
};

// --- One at a time ------------------------------------------------------------------------------

void CustomerMerge::Enqueue(const DomainId& domain,
                            std::function<void(std::function<void()> end)> work,
                            const std::function<void(Error)>& refuse) {
  auto& waiting = waiting_[domain];
  if (waiting.size() >= kWaitingMax) {
    return refuse({Code::kResourceExhausted, "TOO_MANY_MERGES",
                   "64 merges of the domain wait already", "try again when they are done"});
  }
  waiting.push_back(std::move(work));
  if (waiting.size() == 1) RunNext(domain);
}

void CustomerMerge::RunNext(const DomainId& domain) {
  const auto work = waiting_[domain].front();
  work([this, domain] {
    auto& waiting = waiting_[domain];
    waiting.pop_front();
    if (waiting.empty()) {
      waiting_.erase(domain);
    } else {
      RunNext(domain);
    }
  });
}

void CustomerMerge::Merge(const Request& request, std::function<void(Result<v1::Customer>)> done) {
  if (request.customer == request.other) {
    return done(Error{Code::kInvalidArgument, "SAME_CUSTOMER",
                      "customer_id and other_customer_id are the same", "name two records"});
  }
  Enqueue(
      request.domain,
      [this, request, done](const std::function<void()>& end) {
        CompleteAll(request.domain, [this, request, done, end](Result<void> completed) {
          const auto finish = [done, end](Result<v1::Customer> merged) {
            done(std::move(merged));
            end();
          };
          if (!completed.ok()) return finish(completed.error());
          BeginMerge(request, finish);
        });
      },
      [done](Error error) { done(std::move(error)); });
}

void CustomerMerge::Undo(const Request& request, std::function<void(Result<Parted>)> done) {
  Enqueue(
      request.domain,
      [this, request, done](const std::function<void()>& end) {
        CompleteAll(request.domain, [this, request, done, end](Result<void> completed) {
          const auto finish = [done, end](Result<Parted> parted) {
            done(std::move(parted));
            end();
          };
          if (!completed.ok()) return finish(completed.error());
          BeginUndo(request, finish);
        });
      },
      [done](Error error) { done(std::move(error)); });
}

void CustomerMerge::Complete(const DomainId& domain, std::function<void(Result<void>)> done) {
  Enqueue(
      domain,
      [this, domain, done](const std::function<void()>& end) {
        CompleteAll(domain, [done, end](Result<void> completed) {
          done(std::move(completed));
          end();
        });
      },
      [done](Error error) { done(std::move(error)); });
}

void CustomerMerge::CompleteAll(const DomainId& domain, TaskDone done) {
  redis_.Call({"HGETALL", MergesKey(domain)}, [this, domain,
                                               done = std::move(done)](Result<RedisReply> reply) {
    if (const Result<void> read = Check(reply, "read the merges"); !read.ok()) return done(read);
    std::map<std::string, std::string> fields;
    for (std::size_t i = 0; i + 1 < reply->items().size(); i += 2) {
      fields.emplace(reply->At(i).text(), reply->At(i + 1).text());
    }
    const auto tasks = std::make_shared<std::vector<Task>>();
    for (const auto& [name, bytes] : fields) {
      const std::size_t colon = name.find(":entry");
      if (colon == std::string::npos) continue;
      const std::string other = name.substr(0, colon);
      Task task;
      task.domain = domain;
      task.request_id = fields[other + ":request"];
      const bool sound =
          FromFramed(RecordKind::kTimelineEntry, bytes, task.entry).ok() &&
          FromFramed(RecordKind::kCustomerChange, fields[other + ":change"], task.change).ok();
      if (!sound) {
        return done(Error{
            Code::kDataLoss, "MERGE_DAMAGED",
            "what was to be done with " + other + " in " + MergesKey(domain) + " cannot be read",
            "restore it from a backup, or remove its three fields and merge again"});
      }
      tasks->push_back(std::move(task));
    }
    CompleteEach(tasks, 0, done);
  });
}

void CustomerMerge::CompleteEach(std::shared_ptr<std::vector<Task>> tasks, std::size_t next,
                                 TaskDone done) {
  if (next == tasks->size()) return done({});
  Perform((*tasks)[next], [this, tasks, next, done = std::move(done)](Result<void> performed) {
    if (!performed.ok()) return done(std::move(performed));
    CompleteEach(tasks, next + 1, done);
  });
}

// --- What is to be done -------------------------------------------------------------------------

CustomerMerge::Task CustomerMerge::ToTask(const Request& request, bool undone) {
  Task task;
  task.domain = request.domain;
  task.request_id = request.request_id;
  SetAt(*task.entry.mutable_at(), request.change.at);
  task.entry.set_customer_id(request.customer.value());
  task.entry.mutable_merged()->set_other_customer_id(request.other.value());
  task.entry.mutable_merged()->set_undone(undone);
  task.entry.mutable_merged()->set_by(request.change.by);
  task.entry.mutable_merged()->set_reason(request.reason);
  task.change.set_by(request.change.by);
  task.change.set_role(request.change.role);
  SetAt(*task.change.mutable_at(), request.change.at);
  return task;
}

// Both records, and the request that merged them last (or undid it).
void CustomerMerge::ReadBoth(const Request& request,
                             std::function<void(Result<Parted>, const std::string& done_by)> done,
                             bool undone) {
  customers_.GetOwn(
      request.domain, request.customer,
      [this, request, undone, done = std::move(done)](Result<v1::Customer> stays) {
        if (!stays.ok()) return done(stays.error(), "");
        customers_.GetOwn(
            request.domain, request.other,
            [this, request, undone, done, stays](Result<v1::Customer> other) {
              if (!other.ok()) return done(other.error(), "");
              const std::string field = (undone ? "undone:" : "merged:") + request.other.value();
              redis_.Call({"HGET", CustomerKey(request.domain, request.customer, "merged"), field},
                          [done, stays, other](Result<RedisReply> reply) {
                            const Result<void> read = Check(reply, "read a merge");
                            if (!read.ok()) return done(read.error(), "");
                            done(Parted{*stays, *other}, std::string(reply->text()));
                          });
            });
      });
}

void CustomerMerge::BeginMerge(const Request& request,
                               std::function<void(Result<v1::Customer>)> done) {
  ReadBoth(
      request,
      [this, request, done = std::move(done)](Result<Parted> both, const std::string& done_by) {
        if (!both.ok()) return done(both.error());
        const bool repeated = !request.request_id.empty() && done_by == request.request_id;
        if (repeated || both->other.merged_into() == request.customer.value()) {
          return customers_.Get(request.domain, request.customer, done);
        }
        if (!both->customer.merged_into().empty()) return done(MergedAlready(both->customer));
        if (!both->other.merged_into().empty()) return done(MergedAlready(both->other));
        if (both->customer.merged_size() + both->other.merged_size() + 1 >
            CustomerStore::kMergedMax) {
          return done(Error{
              Code::kResourceExhausted, "TOO_MANY_MERGED",
              "more than " + std::to_string(CustomerStore::kMergedMax) + " records would be one",
              "see whether they are one customer's; undo merges that are wrong"});
        }
        Start(ToTask(request, false), [this, request, done](Result<void> merged) {
          if (!merged.ok()) return done(merged.error());
          customers_.Get(request.domain, request.customer, done);
        });
      },
      false);
}

void CustomerMerge::BeginUndo(const Request& request, std::function<void(Result<Parted>)> done) {
  const auto give = [this, request, done = std::move(done)](Result<void> undone) {
    if (!undone.ok()) return done(undone.error());
    customers_.Get(
        request.domain, request.customer, [this, request, done](Result<v1::Customer> stays) {
          if (!stays.ok()) return done(stays.error());
          customers_.Get(request.domain, request.other, [done, stays](Result<v1::Customer> other) {
            if (!other.ok()) return done(other.error());
            done(Parted{*stays, *std::move(other)});
          });
        });
  };
  ReadBoth(
      request,
      [this, request, give](Result<Parted> both, const std::string& done_by) {
        if (!both.ok()) return give(both.error());
        const bool repeated = !request.request_id.empty() && done_by == request.request_id;
        if (repeated) return give({});
        if (both->other.merged_into() != request.customer.value()) {
          const std::string& into = both->other.merged_into();
          return give(
              Error{Code::kFailedPrecondition, "NOT_MERGED",
                    "customer " + both->other.id() +
                        (into.empty() ? " was merged into none" : " was merged into " + into),
                    "list the records in `merged` of the customer that stays"});
        }
        if (!both->customer.merged_into().empty()) return give(MergedAlready(both->customer));
        Start(ToTask(request, true), give);
      },
      true);
}

void CustomerMerge::Start(const Task& task, TaskDone done) {
  const std::string other = task.other().value();
  const std::string entry = other + ":entry";
  const std::string change = other + ":change";
  const std::string request = other + ":request";
  redis_.Call(
      {"HSET", MergesKey(task.domain), entry, ToFramed(RecordKind::kTimelineEntry, task.entry),
       change, ToFramed(RecordKind::kCustomerChange, task.change), request, task.request_id},
      [this, task, done = std::move(done)](Result<RedisReply> reply) {
        if (const Result<void> kept = Check(reply, "keep a merge"); !kept.ok()) {
          return done(kept);
        }
        Perform(task, done);
      });
}

// --- The steps ----------------------------------------------------------------------------------

void CustomerMerge::Perform(const Task& task, TaskDone done) {
  const auto tell = [this, task, done](Result<void> written) {
    if (!written.ok()) return done(std::move(written));
    Tell(task, [this, task, done](Result<void> told) {
      if (!told.ok()) return done(std::move(told));
      Forget(task, done);
    });
  };
  if (task.undone()) {
    return Empty(task, kTriesMax, [this, task, tell, done](Result<void> emptied) {
      if (!emptied.ok()) return done(std::move(emptied));
      Mark(task, kTriesMax, tell);
    });
  }
  Mark(task, kTriesMax, [this, task, tell, done](Result<void> marked) {
    if (!marked.ok()) return done(std::move(marked));
    Fill(task, kTriesMax, tell);
  });
}

// The record that goes says into which other; by the undo no more.
void CustomerMerge::Mark(const Task& task, int tries_left, TaskDone done) {
  if (FailsHere(Failpoint::kMergeStep)) return done(Cut(task.other()));
  if (tries_left == 0) return done(Busy(task.other()));
  customers_.Read(
      task.domain, task.other(),
      [this, task, tries_left, done = std::move(done)](Result<CustomerStore::Stored> other) {
        if (!other.ok()) return done(other.error());
        const std::string into = task.undone() ? "" : task.stays().value();
        if (other->customer.merged_into() == into) return done({});
        v1::Customer after = other->customer;
        after.set_merged_into(into);
        customers_.Replace(task.domain, task.by(), *other, after,
                           [this, task, tries_left, done](Result<bool> written) {
                             if (!written.ok()) return done(written.error());
                             if (*written) return done({});
                             Mark(task, tries_left - 1, done);
                           });
      });
}

// How the record was before and after is kept first: what is kept last before the record has the
// other is what was written.
void CustomerMerge::Fill(const Task& task, int tries_left, TaskDone done) {
  if (FailsHere(Failpoint::kMergeStep)) return done(Cut(task.other()));
  if (tries_left == 0) return done(Busy(task.stays()));
  customers_.GetOwn(
      task.domain, task.other(),
      [this, task, tries_left, done = std::move(done)](Result<v1::Customer> other) {
        if (!other.ok()) return done(other.error());
        customers_.Read(
            task.domain, task.stays(),
            [this, task, tries_left, done, other](Result<CustomerStore::Stored> stays) {
              if (!stays.ok()) return done(stays.error());
              if (HasMerged(stays->customer, task.other().value())) return done({});
              v1::CustomerChange plan = task.change;
              *plan.mutable_before() = stays->customer;
              *plan.mutable_after() = stays->customer;
              FillFrom(*other, *plan.mutable_after());
              const std::string field = task.other().value();
              const std::string by = "merged:" + field;
              redis_.Call(
                  {"HSET", CustomerKey(task.domain, task.stays(), "merged"), field,
                   ToFramed(RecordKind::kCustomerChange, plan), by, task.request_id},
                  [this, task, tries_left, done, plan, stays](Result<RedisReply> reply) {
                    if (const Result<void> kept = Check(reply, "keep a merge"); !kept.ok()) {
                      return done(kept);
                    }
                    if (FailsHere(Failpoint::kMergeStep)) return done(Cut(task.other()));
                    customers_.Replace(task.domain, task.by(), *stays, plan.after(),
                                       [this, task, tries_left, done](Result<bool> written) {
                                         if (!written.ok()) return done(written.error());
                                         if (*written) return done({});
                                         Fill(task, tries_left - 1, done);
                                       });
                  });
            });
      });
}

// The record that stays gives back what it got.
void CustomerMerge::Empty(const Task& task, int tries_left, TaskDone done) {
  if (FailsHere(Failpoint::kMergeStep)) return done(Cut(task.other()));
  if (tries_left == 0) return done(Busy(task.stays()));
  const std::string key = CustomerKey(task.domain, task.stays(), "merged");
  redis_.Call(
      {"HGET", key, task.other().value()},
      [this, task, tries_left, key, done = std::move(done)](Result<RedisReply> reply) {
        if (const Result<void> read = Check(reply, "read a merge"); !read.ok()) return done(read);
        const auto plan = std::make_shared<v1::CustomerChange>();
        if (Result<void> read = FromFramed(RecordKind::kCustomerChange, reply->text(), *plan);
            !read.ok()) {
          return done(Error{Code::kDataLoss, "MERGE_DAMAGED",
                            "what the merge of " + task.other().value() + " brought in, in " + key +
                                ", cannot be read",
                            "restore it from a backup"});
        }
        customers_.GetOwn(
            task.domain, task.other(),
            [this, task, tries_left, done, plan](Result<v1::Customer> other) {
              if (!other.ok()) return done(other.error());
              customers_.Read(
                  task.domain, task.stays(),
                  [this, task, tries_left, done, plan, other](Result<CustomerStore::Stored> stays) {
                    if (!stays.ok()) return done(stays.error());
                    if (!HasMerged(stays->customer, task.other().value())) return done({});
                    v1::Customer after = stays->customer;
                    TakeOut(plan->before(), plan->after(), *other, after);
                    customers_.Replace(task.domain, task.by(), *stays, after,
                                       [this, task, tries_left, done](Result<bool> written) {
                                         if (!written.ok()) return done(written.error());
                                         if (*written) return done({});
                                         Empty(task, tries_left - 1, done);
                                       });
                  });
            });
      });
}

// The time tells this merge from another one of the same two.
void CustomerMerge::Tell(const Task& task, TaskDone done) {
  if (FailsHere(Failpoint::kMergeStep)) return done(Cut(task.other()));
  const std::string name = std::string(task.undone() ? "undo:" : "merge:") + task.other().value() +
                           ':' + std::to_string(ToMs(task.change.at()));
  timelines_.AddNote(task.domain, task.stays(), name, task.entry,
                     [done = std::move(done)](Result<v1::TimelineEntry> told) {
                       if (!told.ok()) return done(told.error());
                       done({});
                     });
}

void CustomerMerge::Forget(const Task& task, TaskDone done) {
  if (FailsHere(Failpoint::kMergeStep)) return done(Cut(task.other()));
  const std::string other = task.other().value();
  const auto finish = [this, task, other, done = std::move(done)](Result<RedisReply> reply) {
    if (const Result<void> kept = Check(reply, "keep that a merge is done"); !kept.ok()) {
      return done(kept);
    }
    const std::string entry = other + ":entry";
    const std::string change = other + ":change";
    const std::string request = other + ":request";
    redis_.Call(
        {"HDEL", MergesKey(task.domain), entry, change, request},
        [done](Result<RedisReply> removed) { done(Check(removed, "keep that a merge is done")); });
  };
  if (!task.undone()) return finish(RedisReply::Integer(0));
  const std::string undone = "undone:" + other;
  redis_.Call({"HSET", CustomerKey(task.domain, task.stays(), "merged"), undone, task.request_id},
              finish);
}

}  // namespace usher::context
