// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/io/server_stream.h"
#include "router/service/context_node.h"
#include "usher/context/v1/privacy_service.pb.h"

namespace usher::service {

// `ExportCustomer`: everything that is stored about one customer, one thing a message. Records
// first, then of each record in turn the timeline, the conversations, the cases, the changes and
// the reads, each oldest first. It is read in pages as the peer takes it, so it needs a page of
// memory however long the history is. What comes in meanwhile may or may not be in it. Loop thread
// only.
class ExportStream final : public io::FeedHandler<context::v1::ExportCustomerResponse> {
 public:
  using Response = context::v1::ExportCustomerResponse;
  using Feed = io::ServerFeed<Response>;
  static constexpr std::size_t kPage = 200;

  ExportStream(ContextNode& node, DomainId domain, CustomerId customer, Feed& feed);

  bool Fill(Response& message) override;

 private:
  using Step = std::function<void()>;

  void Plan(const std::vector<CustomerId>& records);
  void ReadOn();
  void ReadRecord(const CustomerId& record);
  // A page of a stream of the record's; `put` makes an item of an entry's id and bytes.
  using Put = std::function<Result<void>(const std::string& id, std::string_view bytes)>;
  void ReadStream(const CustomerId& record, const char* what, const std::string& after, Put put);
  void ReadCases(const std::vector<CustomerId>& records, const std::string& before);
  void ReadMessages(const std::string& contact, std::uint64_t after);
  Result<void> PutEntry(const CustomerId& record, const std::string& id, std::string_view bytes);
  Response& Push() { return items_.emplace_back(); }
  // What was asked for has come: on with what is next, or the end.
  void Arrived(const Result<void>& result);

  ContextNode& node_;
  const DomainId domain_;
  Feed& feed_;
  std::deque<Response> items_;
  std::deque<Step> steps_;
  bool reading_ = false;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace usher::service
