// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/io/event_loop.h"
#include "base/io/leader_channel.h"
#include "base/result.h"
#include "base/time.h"
#include "usher/routing/v1/routing_service.pb.h"

namespace usher::channels {

// An adapter's road to the router: all its contacts on one `RouteContacts` stream. Commands may be
// given at any time, also while the router is away; they are sent again, each with its request id,
// until they are answered or their time is over, so that nothing takes effect twice. Events come in
// order, each once; after a loss the stream goes on from the last commit that was dealt with.
//
//   RoutingClient routing(loop, road, token, {.adapter = "chat"},
//                         {.on_event = …, .on_snapshot = …});
//   routing.Start();
//   routing.Submit(request, [](Result<ContactResult> result) { … });
//
// Loop thread only.
class RoutingClient {
 public:
  using ContactResult = routing::v1::ContactResult;
  using Done = std::function<void(Result<ContactResult>)>;

  struct Config {
    std::string adapter{};              // the subject of its token; unique in the domain
    std::size_t commands_max = 20'000;  // unanswered
    Duration answer_timeout{30'000};
    bool takes_call_orders = false;  // an adapter of telephone calls
    bool takes_mail_orders = false;  // one of e-mail
    // Several processes have this name, and one of them works: while another's stream lives, this
    // one stands by, which is no loss and ends by itself. What such a client was told counts until
    // its stream is lost and no longer: another may have gone on meanwhile. So each welcome comes
    // with a snapshot, and commands are not sent over a loss: they end UNAVAILABLE at once, then
    // and as long as it is not welcomed (ROUTER_UNREACHABLE, STANDS_BY).
    bool standby = false;
  };

  struct Hooks {
    std::function<void(const routing::v1::Event&)> on_event{};
    // All open contacts of the adapter, the whole truth: at the first connection, and when the
    // events since the last one are no longer to be had.
    std::function<void(const std::vector<routing::v1::Contact>&)> on_snapshot{};
    // A stream was opened: every call's state is to be told anew. Optional.
    std::function<void()> on_open{};
    // Somebody wants something done with a call, or a conversation begun; answered by AnswerOrder.
    // Optional.
    std::function<void(const routing::v1::CallOrder&)> on_call_order{};
    // Of `standby`: another process has the name. Optional.
    std::function<void()> on_standing_by{};
    // The stream that had been welcomed is lost; it is opened again. Optional.
    std::function<void(const Error&)> on_lost{};
  };

  // `token` gives a valid token of role adapter; it is asked for each time that the stream opens.
  // `road` must outlive the client.
  RoutingClient(io::EventLoop& loop, io::LeaderChannel& road, std::function<std::string()> token,
                Config config, Hooks hooks);
  ~RoutingClient();
  RoutingClient(const RoutingClient&) = delete;
  RoutingClient& operator=(const RoutingClient&) = delete;

  void Start();
  // Commands that are not answered are dropped.
  void Stop();

  // An empty request_id gets a new one. `done` may be empty. UNAVAILABLE: it may or may not have
  // taken effect; the same request_id asks again.
  void Submit(routing::v1::SubmitContactRequest request, Done done);
  void Cancel(routing::v1::CancelContactRequest request, Done done);
  void Abandon(routing::v1::AbandonContactRequest request, Done done);
  void Transfer(routing::v1::TransferContactRequest request, Done done);
  void Complete(routing::v1::CompleteContactRequest request, Done done);
  void Update(routing::v1::UpdateContactRequest request, Done done);
  // Takes a contact over from another adapter of the kind; its events come here from then on, and
  // begin with `claimed`, which shows it.
  void Claim(routing::v1::ClaimContactRequest request, Done done);

  // What came of a comparison.
  struct Reconciled {
    std::uint32_t lost = 0;                          // of the router's, not held here: they end
    std::vector<std::string> unknown_contact_ids{};  // of what is held here, not the router's
    std::vector<std::string> unknown_external_ids{};
  };
  // Tells the router all that the adapter still has; every other contact of its own ends `lost`.
  // What is being submitted must be named by its external id. Said again after a loss of the
  // stream, until it is answered; one at a time, a second one is ignored.
  void Reconcile(std::vector<std::string> contact_ids, std::vector<std::string> external_ids,
                 std::function<void(const Reconciled&)> done);

  // How a call stands now: a hint. One that was not sent yet is replaced, and none outlives its
  // stream.
  void TellCall(routing::v1::CallState state);
  // What came of an order. Dropped with the stream that the order came on.
  void AnswerOrder(routing::v1::CallOrderResult result);

  const std::string& adapter() const;
  bool connected() const;
  // Another process has the name; see Config::standby.
  bool stands_by() const;
  // The last commit that was dealt with; nothing before the first welcome.
  std::optional<std::uint64_t> sequence() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace usher::channels
