// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include "base/io/event_loop.h"
#include "base/io/http_server.h"
#include "tests/support/inbox.h"

namespace usher::testing {

// An ARI that a test speaks: it writes down what is asked, answers as it was told, and sends events
// that the test says.
class ScriptedAsterisk {
 public:
  ScriptedAsterisk() {
    io::HttpServerOptions options;
    options.address = *io::ParseListenAddress("127.0.0.1:0");
    server_ = std::make_unique<io::HttpServer>(loop_, std::move(options));
    server_->HandleWebSocket("/ari/events", {},
                             [this](std::shared_ptr<io::WebSocket> socket, const io::HttpRequest&) {
                               socket_ = socket;
                               socket->OnMessage([this](std::string_view text) { Asked(text); });
                               opened.Push(1);
                             });
    server_->Handle("GET", "/ari/asterisk/variable",
                    [this](const io::HttpRequest&, io::HttpResponder responder) {
                      std::lock_guard lock(mutex_);
                      io::HttpResponse response;
                      response.body = R"({"value":")" + lease + R"("})";
                      looks.Push(1);
                      responder.Send(std::move(response));
                    });
    loop_.Start("asterisk");
    listening_ = server_->Listen().ok();
  }
  ~ScriptedAsterisk() {
    loop_.Call([this] {
      if (socket_) socket_->Abort();
      socket_.reset();
      server_.reset();
    });
    loop_.Stop(Duration{1'000});
  }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_->port()); }

  void Tell(const std::string& text) {
    loop_.Call([&] {
      if (socket_) static_cast<void>(socket_->Send(text));
    });
  }
  void Drop() {
    loop_.Call([&] {
      if (socket_) std::exchange(socket_, nullptr)->Abort();
    });
  }
  // Answers of requests whose method and path begin so; the first that fits. Others get 204.
  void Answer(const std::string& begin, int status, const std::string& body) {
    std::lock_guard lock(mutex_);
    answers_.insert(answers_.begin(), {begin, status, body});
  }
  void SetLease(const std::string& value) {
    std::lock_guard lock(mutex_);
    lease = value;
  }
  // Waits until something is asked that begins so.
  bool AwaitAsked(const std::string& begin) {
    return asked.Next([&](const std::string& text) { return text.rfind(begin, 0) == 0; })
        .has_value();
  }

  Inbox<std::string> asked;  // `POST channels/1/answer`
  Inbox<int> opened;
  Inbox<int> looks;  // at the lease

 private:
  struct Told {
    std::string begin;
    int status;
    std::string body;
  };

  void Asked(std::string_view text) {
    const boost::json::value request = boost::json::parse({text.data(), text.size()});
    const auto word = [&](const char* key) {
      return std::string(request.as_object().at(key).as_string().c_str());
    };
    const std::string what = word("method") + ' ' + word("uri");
    Told answer{{}, 204, {}};
    {
      std::lock_guard lock(mutex_);
      for (const Told& told : answers_) {
        if (what.rfind(told.begin, 0) != 0) continue;
        answer = told;
        break;
      }
    }
    boost::json::object response{{"type", "RESTResponse"},
                                 {"request_id", word("request_id")},
                                 {"status_code", answer.status},
                                 {"message_body", answer.body}};
    static_cast<void>(socket_->Send(boost::json::serialize(response)));
    asked.Push(what);
  }

  io::EventLoop loop_;
  std::unique_ptr<io::HttpServer> server_;
  std::shared_ptr<io::WebSocket> socket_;
  bool listening_ = false;
  std::mutex mutex_;
  std::string lease;
  std::vector<Told> answers_{{"GET channels", 200, "[]"}, {"GET bridges", 200, "[]"}};
};

}  // namespace usher::testing
