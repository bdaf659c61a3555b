// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "agents/gateway/session.h"
#include "base/io/access.h"
#include "base/io/event_loop.h"
#include "base/io/http_server.h"
#include "base/result.h"
#include "usher/context/v1/conversation.pb.h"

namespace usher::gateway {

// The files of conversations, for consoles: what stands in a mail, and what agents attach to
// theirs. Usher keeps none of them. They lie where their channel has them, and the process of that
// channel hands them out under `/channels/v1/files`; here it is decided who may have which:
//
//   GET  /agents/v1/files/{contact}/{message}/{what}   what: an attachment's index, `html`,
//   `source`
//                                                      or `cid:<content id>`
//   POST /agents/v1/files/{contact}?name=terms.pdf     the file as the body; answers an Attachment
//
// With the agent's token, and with her rights: the message is read from the router for her, which
// puts that on record, and its address is taken from there and never from the request. A file is
// given by who has the contact alone.
//
// Loop thread only. So many files are under way at a time, each in memory as a whole, and so many
// wait; the next is refused with RESOURCE_EXHAUSTED/TOO_MANY_FILES.
class ContactFiles {
 public:
  static constexpr std::size_t kBytesMax = 40 << 20;
  static constexpr std::size_t kAtOnceMax = 8;
  static constexpr std::size_t kWaitingMax = 64;
  // Of files that are given, those that wait included.
  static constexpr std::size_t kGivenBytesMax = 160 << 20;

  // `own_server` is where the files are when the configuration names no other; it has the routes.
  // All must outlive what is under way.
  ContactFiles(io::EventLoop& loop, io::HttpServer& own_server, const GatewayConfig& config,
               const io::AccessGate& gate, GatewayServices::FindDomain find_domain);
  ContactFiles(const ContactFiles&) = delete;
  ContactFiles& operator=(const ContactFiles&) = delete;

  // Adds the routes; before the server listens.
  void Mount(io::HttpServer& server);

 private:
  struct Exchange;
  using ExchangePtr = std::shared_ptr<Exchange>;

  Result<ExchangePtr> Open(const io::HttpRequest& request);
  void Get(const io::HttpRequest& request, io::HttpResponder responder);
  void Put(const io::HttpRequest& request, io::HttpResponder responder);
  void Enqueue(const ExchangePtr& exchange, std::function<void()> begin);
  void Next();

  void ReadMessage(const ExchangePtr& exchange);
  void OnMessage(const ExchangePtr& exchange, const context::v1::Message& message);
  void ReadContact(const ExchangePtr& exchange);
  void Ask(const ExchangePtr& exchange);
  void OnAnswer(const ExchangePtr& exchange, Result<io::HttpResponse> answer);
  void End(const ExchangePtr& exchange, io::HttpResponse response);
  void Fail(const ExchangePtr& exchange, const Error& error);

  io::EventLoop& loop_;
  io::HttpServer& own_server_;
  const GatewayConfig& config_;
  const io::AccessGate& gate_;
  const GatewayServices::FindDomain find_domain_;
  std::size_t under_way_ = 0;
  std::size_t given_bytes_ = 0;
  std::deque<std::function<void()>> waiting_;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

// What of a message `what` names: its address, and what to call it. NOT_FOUND: NO_SUCH_FILE,
// FILE_ELSEWHERE for one that no channel of ours hands out. A pure function.
struct FoundFile {
  std::string url{};
  std::string name{};
};
Result<FoundFile> FindFile(const context::v1::Message& message, const std::string& what);

// INVALID_FILES with what is wrong and how to write it.
Result<void> CheckFileServers(const GatewayConfig& config);

// `attachment; filename*=UTF-8''r%C3%A9sum%C3%A9.pdf`
std::string ToDisposition(const std::string& name);

}  // namespace usher::gateway
