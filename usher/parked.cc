// SPDX-License-Identifier: Apache-2.0
#include "usher/parked.h"

#include <chrono>
#include <functional>
#include <iostream>
#include <memory>
#include <optional>
#include <utility>

#include "base/io/json_text.h"
#include "router/audit/parked_record.h"
#include "router/service/wire.h"
#include "router/store/key_walk.h"
#include "router/store/keys.h"
#include "usher/routing/v1/routing_service.grpc.pb.h"

namespace usher::app {

namespace {

constexpr std::chrono::minutes kPatience{1};
constexpr std::size_t kBytesShown = 4'096;

// The Redis and the connection to it, which lives no longer.
struct Opened {
  StoredData data;
  std::unique_ptr<store::KeyWalk> redis;
};

Result<Opened> Open(const ParkedOptions& options) {
  Result<StoredData> data = StoredData::Open(options.data);
  if (!data.ok()) return data.error();
  auto redis = store::KeyWalk::Open(data->target(),
                                    {.deadline = std::chrono::steady_clock::now() + kPatience});
  if (!redis.ok()) return redis.error();
  return Opened{*std::move(data), *std::move(redis)};
}

Result<std::vector<DomainId>> ChooseDomains(const ParkedOptions& options, store::KeyWalk& redis) {
  if (options.domains == std::vector<std::string>{"all"}) return redis.FindDomains();
  return std::vector<DomainId>(options.domains.begin(), options.domains.end());
}

// "usher:{acme}:queues/billing" is a field of the hash before the slash; nothing else has one.
std::vector<std::string> IsThere(const std::string& key) {
  const std::size_t slash = key.find("}:queues/");
  if (slash == std::string::npos) return {"EXISTS", key};
  const std::size_t end = key.find('/', slash);
  return {"HGET", key.substr(0, end), key.substr(end + 1)};
}

Result<std::string> HashOf(const std::string& key) {
  const std::optional<store::KeyName> name = store::ParseKeyName(key);
  if (name) return store::Keys(DomainId{std::string(name->domain)}).Parked();
  return Error{Code::kInvalidArgument, "BAD_KEY", key + " is no key of a record",
               "give one that usher parked list shows, in quotes"};
}

Result<std::string> ReadParked(store::KeyWalk& redis, const std::string& key) {
  const Result<std::string> hash = HashOf(key);
  if (!hash.ok()) return hash.error();
  Result<store::RedisReply> bytes = redis.Call({"HGET", *hash, key}, "reading what is parked");
  if (!bytes.ok()) return bytes.error();
  if (!bytes->IsNil()) return bytes->TakeText();
  return Error{Code::kNotFound, "NOT_PARKED", key + " is not parked", "see usher parked list"};
}

Result<bool> RecordIsThere(store::KeyWalk& redis, const std::string& key) {
  const Result<store::RedisReply> there = redis.Call(IsThere(key), "looking for the record");
  if (!there.ok()) return there.error();
  return there->IsText() || there->integer() == 1;
}

// What a router is asked to take, so that it stands where the lost contact stood.
Result<routing::v1::SubmitContactRequest> SubmitOf(const engine::ContactRow& row,
                                                   const std::string& key) {
  using engine::ContactState;
  if (row.state == ContactState::kWrapping || row.state == ContactState::kClosed) {
    return Error{Code::kFailedPrecondition, "CONTACT_OVER", "the contact's conversation had ended",
                 "drop the record with usher parked drop"};
  }
  if (row.consults) {
    return Error{Code::kFailedPrecondition, "IS_CONSULT", "the contact is a consult about another",
                 "drop it; the agent asks again"};
  }
  routing::v1::SubmitContactRequest request;
  request.set_request_id("requeue " + std::to_string(std::hash<std::string>{}(key)));
  request.set_channel(service::ToProto(row.channel));
  request.set_queue(row.queue.value());
  request.set_external_id(row.external_id);
  request.set_customer_id(row.customer.value());
  request.set_subject(row.subject);
  request.mutable_attributes()->insert(row.attributes.begin(), row.attributes.end());
  request.set_priority(row.parts.own_priority);
  request.set_requirement(row.requirement);
  *request.mutable_head_start() = service::ToProtoDuration(row.parts.own_head_start);
  *request.mutable_due() =
      service::ToTimestamp(row.parts.own_due.value_or(row.arrived + row.parts.within));
  // Whoever spoke with the customer is asked first.
  request.set_prefer((row.agent ? row.agent : row.prefer).value());
  if (row.prefer_for) *request.mutable_prefer_for() = service::ToProtoDuration(*row.prefer_for);
  if (row.wait_limit) *request.mutable_wait_limit() = service::ToProtoDuration(*row.wait_limit);
  if (row.state == ContactState::kScheduled && row.not_before) {
    *request.mutable_not_before() = service::ToTimestamp(*row.not_before);
  }
  if (row.max_tier) request.set_max_tier(static_cast<std::uint32_t>(*row.max_tier));
  return request;
}

// As it may be shown on a terminal.
std::string Quoted(const std::string& text) {
  std::string quoted;
  io::AppendJsonString(quoted, text);
  return quoted;
}

}  // namespace

int ListParked(const ParkedOptions& options, Output output) {
  Result<Opened> opened = Open(options);
  if (!opened.ok()) return PrintError(opened.error(), output);
  store::KeyWalk& redis = *opened->redis;
  const Result<std::vector<DomainId>> domains = ChooseDomains(options, redis);
  if (!domains.ok()) return PrintError(domains.error(), output);
  std::vector<std::vector<std::string>> rows;
  for (const DomainId& domain : *domains) {
    const Result<store::RedisReply> keys =
        redis.Call({"HKEYS", store::Keys(domain).Parked()}, "reading what is parked");
    if (!keys.ok()) return PrintError(keys.error(), output);
    for (const store::RedisReply& item : keys->items()) {
      const std::string key(item.text());
      const Result<std::string> bytes = ReadParked(redis, key);
      if (!bytes.ok()) continue;  // dropped meanwhile
      const Result<bool> is_there = RecordIsThere(redis, key);
      if (!is_there.ok()) return PrintError(is_there.error(), output);
      const audit::ParkedRecord record = audit::DescribeParked(*bytes);
      rows.push_back({key, record.kind, std::to_string(bytes->size()),
                      record.damage.empty() ? "it contradicts other records" : record.damage,
                      *is_there ? "made anew" : "none"});
    }
  }
  if (output == Output::kTable) {
    PrintTable({"key", "kind", "bytes", "damage", "record now"}, rows);
    return 0;
  }
  std::string json = "{\"parked\":[";
  for (std::size_t i = 0; i < rows.size(); ++i) {
    json += i == 0 ? "" : ",";
    json += "{\"key\":" + Quoted(rows[i][0]) + ",\"kind\":" + Quoted(rows[i][1]) +
            ",\"bytes\":" + rows[i][2] + ",\"damage\":" + Quoted(rows[i][3]) +
            ",\"record_now\":" + Quoted(rows[i][4]) + '}';
  }
  std::cout << json << "]}\n";
  return 0;
}

int ShowParked(const ParkedOptions& options, Output output) {
  Result<Opened> opened = Open(options);
  if (!opened.ok()) return PrintError(opened.error(), output);
  const Result<std::string> bytes = ReadParked(*opened->redis, options.key);
  if (!bytes.ok()) return PrintError(bytes.error(), output);
  const audit::ParkedRecord record = audit::DescribeParked(*bytes);
  const std::string hex = audit::ToHex(*bytes, kBytesShown);
  if (output == Output::kJson) {
    std::cout << "{\"key\":" << Quoted(options.key) << ",\"kind\":" << Quoted(record.kind)
              << ",\"bytes\":" << bytes->size() << ",\"damage\":" << Quoted(record.damage)
              << ",\"fields\":" << (record.fields.empty() ? "null" : record.fields)
              << ",\"hex\":" << Quoted(hex) << "}\n";
    return 0;
  }
  PrintText(options.key + ": " + record.kind + ", " + std::to_string(bytes->size()) + " bytes\n" +
            (record.damage.empty() ? "" : record.damage + '\n') +
            (record.fields.empty() ? "" : record.fields + '\n') + hex);
  return 0;
}

int RequeueParked(const ParkedOptions& options, Output output) {
  Result<Opened> opened = Open(options);
  if (!opened.ok()) return PrintError(opened.error(), output);
  store::KeyWalk& redis = *opened->redis;
  const Result<std::string> bytes = ReadParked(redis, options.key);
  if (!bytes.ok()) return PrintError(bytes.error(), output);
  const Result<engine::ContactRow> row = audit::ReadParkedContact(*bytes);
  if (!row.ok()) return PrintError(row.error(), output);
  const Result<bool> is_there = RecordIsThere(redis, options.key);
  if (!is_there.ok()) return PrintError(is_there.error(), output);
  if (*is_there) {
    return PrintError({Code::kAlreadyExists, "MADE_ANEW",
                       "the router made the contact anew, and routes it", "drop the damaged bytes"},
                      output);
  }
  const Result<routing::v1::SubmitContactRequest> request = SubmitOf(*row, options.key);
  if (!request.ok()) return PrintError(request.error(), output);
  ClientOptions leader = options.client;
  leader.domain = std::string(store::ParseKeyName(options.key)->domain);
  Result<Client> client = Client::Connect(leader);
  if (!client.ok()) return PrintError(client.error(), output);
  const Result<routing::v1::SubmitContactResponse> response =
      client->Ask<routing::v1::SubmitContactResponse>(
          *request, [](const std::shared_ptr<grpc::Channel>& channel, grpc::ClientContext* context,
                       const auto& sent, auto* received) {
            return routing::v1::RoutingService::NewStub(channel)->SubmitContact(context, sent,
                                                                                received);
          });
  if (!response.ok()) return PrintError(response.error(), output);
  const Result<store::RedisReply> dropped =
      redis.Call({"HDEL", *HashOf(options.key), options.key}, "dropping a parked record");
  if (!dropped.ok()) return PrintError(dropped.error(), output);
  if (output == Output::kJson) {
    PrintJson(*response);
  } else {
    PrintText("requeued " + options.key + ": it waits in " + response->contact().queue() + " as " +
              response->contact().id() + '\n');
  }
  return 0;
}

int DropParked(const ParkedOptions& options, Output output) {
  Result<Opened> opened = Open(options);
  if (!opened.ok()) return PrintError(opened.error(), output);
  const Result<std::string> bytes = ReadParked(*opened->redis, options.key);
  if (!bytes.ok()) return PrintError(bytes.error(), output);
  const Result<store::RedisReply> dropped =
      opened->redis->Call({"HDEL", *HashOf(options.key), options.key}, "dropping a parked record");
  if (!dropped.ok()) return PrintError(dropped.error(), output);
  if (output == Output::kJson) {
    std::cout << "{\"dropped\":" << Quoted(options.key) << "}\n";
  } else {
    PrintText("dropped " + options.key + '\n');
  }
  return 0;
}

}  // namespace usher::app
