// SPDX-License-Identifier: Apache-2.0
#include "channels/chat/chat_domain.h"

#include <algorithm>

#include "base/io/client_call.h"
#include "base/io/log.h"
#include "base/io/random_id.h"

namespace usher::chat {

using routing::v1::Contact;
using routing::v1::Event;

namespace {

constexpr Duration kRetryAfter{2'000};

}  // namespace

ChatDomain::ChatDomain(const Shared& shared, const ChatRoute& route, ChatKeys keys)
    : loop_(shared.loop),
      config_(shared.config),
      metrics_(shared.metrics),
      visitors_of_all_(shared.visitors),
      tokens_(std::move(keys.signing), std::move(keys.verifying), route.domain,
              config_.token_lifetime, [this] { return clock_.Now(); }),
      names_(loop_, route.road, route.token),
      routing_(loop_, route.road, route.token, {.adapter = route.adapter}, RoutingHooks()),
      conversations_(
          channels::MakeConversationClient(loop_, route.road, route.token, ConversationHooks())),
      services_{loop_,           config_,    metrics_, tokens_,    routing_,
                *conversations_, route.road, names_,   route.token},
      give_up_(loop_),
      reconcile_(loop_) {}

ChatDomain::~ChatDomain() {
  alive_.reset();
  visitors_.clear();
}

channels::RoutingClient::Hooks ChatDomain::RoutingHooks() {
  return {.on_event = [this](const Event& event) { OnEvent(event); },
          .on_snapshot = [this](const std::vector<Contact>& open) { OnSnapshot(open); }};
}

channels::ConversationHooks ChatDomain::ConversationHooks() {
  return {.on_event =
              [this](const context::v1::ConversationEvent& event) {
                if (Visitor* visitor = FindByContact(event.contact_id())) {
                  visitor->OnConversation(event);
                }
              },
          .on_refused =
              [this](const std::string& contact_id, const Error& error) {
                if (Visitor* visitor = FindByContact(contact_id)) {
                  visitor->OnConversationRefused(error);
                }
              }};
}

void ChatDomain::Start() {
  routing_.Start();
  conversations_->Start();
}

void ChatDomain::Stop() {
  give_up_.Cancel();
  reconcile_.Cancel();
  waiting_.clear();
  seeking_.clear();
  routing_.Stop();
  conversations_->Stop();
}

// ------------------------------------------------------------------------------------------ hellos

void ChatDomain::OnHello(ChatSocket& page, const ChatSite& site,
                         const chat::v1::ClientHello& hello) {
  ready_ ? Welcome(page, site, hello) : Wait(page, site, hello);
}

void ChatDomain::Wait(ChatSocket& page, const ChatSite& site, const chat::v1::ClientHello& hello) {
  waiting_.insert_or_assign(&page, Waiting{&site, hello});
  if (!give_up_.pending()) give_up_.Start(config_.limits.hello_timeout, [this] { GiveUp(); });
}

// Another page may get its address: it must be in no list any more.
void ChatDomain::Forget(ChatSocket& page) {
  waiting_.erase(&page);
  for (auto& [visitor_id, pages] : seeking_) pages.erase(&page);
}

void ChatDomain::GiveUp() {
  seeking_.clear();
  for (const auto& [page, unused] : std::exchange(waiting_, {})) {
    page->Refuse({"UNAVAILABLE", "The router does not answer.", {}, kRetryAfter});
    page->Close(io::CloseCode::kTryAgainLater, "UNAVAILABLE", kRetryAfter);
  }
}

void ChatDomain::Welcome(ChatSocket& page, const ChatSite& site,
                         const chat::v1::ClientHello& hello) {
  if (hello.token().empty()) return Join(page, site, hello, {});
  const Result<std::string> known = tokens_.Verify(hello.token(), site.key);
  if (!known.ok()) {
    // The visitor is a new one, then; the page need not know more than that.
    metrics_.CountRefusal("BAD_TOKEN");
    return Join(page, site, hello, {});
  }
  if (FindVisitor(*known) != nullptr) return Join(page, site, hello, *known);
  Wait(page, site, hello);
  const bool first = seeking_[*known].empty();
  seeking_[*known].insert(&page);
  if (first) FindElsewhere(*known);
}

void ChatDomain::FindElsewhere(const std::string& visitor_id) {
  routing::v1::ClaimContactRequest claim;
  claim.set_channel(type::v1::CHANNEL_CHAT);
  claim.set_external_id_prefix(visitor_id + ':');
  routing_.Claim(std::move(claim), [this, visitor_id, alive = std::weak_ptr<void>(alive_)](
                                       Result<routing::v1::ContactResult> claimed) {
    if (alive.expired()) return;
    if (claimed.ok()) return Read(visitor_id, claimed->contact_id());
    if (claimed.error().code == Code::kUnavailable) {
      io::LogError(io::LogLevel::kWarning, "chat_not_sought", claimed.error());
    }
    Sought(visitor_id);
  });
}

// The claim's event shows the contact too, but may come later than its result.
void ChatDomain::Read(const std::string& visitor_id, const std::string& contact_id) {
  routing::v1::GetContactRequest request;
  request.set_contact_id(contact_id);
  io::CallOptions options;
  options.token = services_.token();
  options.timeout = Duration{5'000};
  io::CallUnary<routing::v1::GetContactRequest, routing::v1::GetContactResponse>(
      loop_, options, std::move(request),
      [stub = &services_.road.Stub<routing::v1::RoutingService>()](auto* context, auto* req,
                                                                   auto* resp, auto finished) {
        stub->async()->GetContact(context, req, resp, std::move(finished));
      },
      [this, visitor_id,
       alive = std::weak_ptr<void>(alive_)](Result<routing::v1::GetContactResponse> answer) {
        if (alive.expired()) return;
        if (answer.ok()) {
          if (Visitor* visitor = GetVisitor(visitor_id)) visitor->Adopt(answer->contact());
        } else {
          io::LogError(io::LogLevel::kWarning, "chat_not_read", answer.error());
        }
        Sought(visitor_id);
      });
}

void ChatDomain::Sought(const std::string& visitor_id) {
  const auto pages = seeking_.extract(visitor_id);
  if (pages.empty()) return;
  for (ChatSocket* page : pages.mapped()) {
    const auto waiting = waiting_.extract(page);
    if (waiting.empty()) continue;  // gone meanwhile
    Join(*page, *waiting.mapped().site, waiting.mapped().hello, visitor_id);
  }
  if (waiting_.empty()) give_up_.Cancel();
}

void ChatDomain::Join(ChatSocket& page, const ChatSite& site, const chat::v1::ClientHello& hello,
                      const std::string& visitor_id) {
  const bool fresh = visitor_id.empty();
  Visitor* visitor = GetVisitor(fresh ? "v" + io::RandomId() : visitor_id);
  if (visitor == nullptr || visitor->pages() >= config_.limits.sockets_per_visitor_max) {
    page.Refuse({"TOO_MANY", "Too many chats are open.", {}, kRetryAfter});
    return page.Close(io::CloseCode::kTryAgainLater, "TOO_MANY", Duration{30'000});
  }
  chat::v1::ClientHello said = hello;
  if (fresh) said.clear_after_message();
  visitor->Join(page, site, said);
  page.HandleEarly();
}

// ---------------------------------------------------------------------------------------- visitors

Visitor* ChatDomain::FindVisitor(const std::string& id) {
  const auto found = visitors_.find(id);
  return found == visitors_.end() ? nullptr : found->second.get();
}

Visitor* ChatDomain::GetVisitor(const std::string& id) {
  if (Visitor* known = FindVisitor(id)) return known;
  if (visitors_of_all_ >= config_.limits.visitors_max) return nullptr;
  Visitor::Hooks hooks{
      .on_contact = [this](Visitor& visitor,
                           const std::string& contact) { by_contact_[contact] = &visitor; },
      .on_contact_dropped = [this](const std::string& contact) { by_contact_.erase(contact); },
      .on_idle = [this](const std::string& idle) { ForgetLater(idle); }};
  auto visitor = std::make_shared<Visitor>(services_, std::move(hooks), id);
  Visitor* raw = visitor.get();
  visitors_.emplace(id, std::move(visitor));
  metrics_.visitors.Set(static_cast<double>(++visitors_of_all_));
  return raw;
}

void ChatDomain::ForgetLater(const std::string& id) {
  loop_.Post([this, id, alive = std::weak_ptr<void>(alive_)] {
    if (alive.expired()) return;
    const auto found = visitors_.find(id);
    if (found == visitors_.end() || !found->second->idle()) return;
    visitors_.erase(found);
    metrics_.visitors.Set(static_cast<double>(--visitors_of_all_));
  });
}

Visitor* ChatDomain::FindByContact(const std::string& contact_id) {
  const auto found = by_contact_.find(contact_id);
  return found == by_contact_.end() ? nullptr : found->second;
}

Visitor* ChatDomain::VisitorOf(const Contact& contact) {
  const std::string id = VisitorOfExternalId(contact.external_id());
  return id.empty() ? nullptr : GetVisitor(id);
}

// ------------------------------------------------------------------------------------------ router

void ChatDomain::OnEvent(const Event& event) {
  if (event.has_claimed()) return OnClaimed(event);
  if (Visitor* visitor = FindByContact(event.contact_id())) return visitor->OnEvent(event);
  // A contact that came in before this process, or whose submit is not answered yet.
  if (!event.has_queued() || !event.queued().has_contact()) return;
  if (Visitor* visitor = VisitorOf(event.queued().contact())) visitor->OnEvent(event);
}

void ChatDomain::OnClaimed(const Event& event) {
  if (event.claimed().adapter() == routing_.adapter()) {
    if (!event.claimed().has_contact()) return;
    if (Visitor* visitor = VisitorOf(event.claimed().contact())) {
      visitor->Adopt(event.claimed().contact());
    }
    return;
  }
  Visitor* visitor = FindByContact(event.contact_id());
  if (visitor != nullptr) visitor->GoElsewhere();
}

void ChatDomain::OnSnapshot(const std::vector<Contact>& open) {
  const bool first = !std::exchange(ready_, true);
  std::set<std::string> open_ids;
  for (const Contact& contact : open) {
    open_ids.insert(contact.id());
    if (Visitor* visitor = VisitorOf(contact)) visitor->Adopt(contact);
  }
  for (const auto& [id, visitor] : visitors_) {
    if (!open_ids.contains(visitor->contact_id())) visitor->ContactGone();
  }
  io::Log(io::LogLevel::kInfo, "chat_contacts_met", {{"contacts", open.size()}});
  give_up_.Cancel();
  if (first && !open.empty()) reconcile_.Start(config_.return_time, [this] { Reconcile(); });
  for (auto& [page, waiting] : std::exchange(waiting_, {})) {
    Welcome(*page, *waiting.site, waiting.hello);
  }
}

void ChatDomain::Reconcile() {
  std::vector<std::string> contact_ids;
  std::vector<std::string> external_ids;
  for (const auto& [id, visitor] : visitors_) {
    if (!visitor->was_here()) continue;
    if (visitor->contact_open()) {
      contact_ids.push_back(visitor->contact_id());
    } else if (!visitor->external_id().empty()) {
      external_ids.push_back(visitor->external_id());
    }
  }
  routing_.Reconcile(std::move(contact_ids), std::move(external_ids),
                     [this](const channels::RoutingClient::Reconciled& result) {
                       io::Log(
                           io::LogLevel::kInfo, "chat_reconciled",
                           {{"lost", result.lost}, {"unknown", result.unknown_contact_ids.size()}});
                       for (const std::string& contact : result.unknown_contact_ids) {
                         if (Visitor* visitor = FindByContact(contact)) visitor->ContactGone();
                       }
                     });
}

}  // namespace usher::chat
