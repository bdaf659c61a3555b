// SPDX-License-Identifier: Apache-2.0
#include "router/service/context_services.h"

#include <utility>

#include "base/io/call_context.h"
#include "base/io/server_stream.h"
#include "router/service/converse_stream.h"
#include "router/service/export_stream.h"
#include "router/service/guarded_feed.h"
#include "router/service/timeline_watch.h"
#include "router/service/unary_override.h"
#include "usher/context/v1/case_service.grpc.pb.h"
#include "usher/context/v1/context_service.grpc.pb.h"
#include "usher/context/v1/privacy_service.grpc.pb.h"

namespace usher::service {

namespace {

using grpc::CallbackServerContext;
using namespace context::v1;  // NOLINT(google-build-using-namespace): this block speaks it

constexpr char kConverse[] = "/usher.context.v1.ContextService/Converse";
constexpr char kWatchConversation[] = "/usher.context.v1.ContextService/WatchConversation";
constexpr char kWatchTimeline[] = "/usher.context.v1.ContextService/WatchTimeline";

constexpr char kExportCustomer[] = "/usher.context.v1.PrivacyService/ExportCustomer";

Error MissingDomain() {
  return {Code::kInvalidArgument, "MISSING_DOMAIN", "the token names no domain",
          "use a token of the domain"};
}

class Service final : public ContextService::CallbackService {
 public:
  Service(ContextNode& node, std::function<Instant()> now, const io::MethodTable& table)
      : node_(node), now_(std::move(now)), table_(table) {}

  USHER_UNARY(usher.context.v1.ContextService, ResolveCustomer)
  USHER_UNARY(usher.context.v1.ContextService, GetCustomer)
  USHER_UNARY(usher.context.v1.ContextService, UpdateCustomer)
  USHER_UNARY(usher.context.v1.ContextService, CreateCustomer)
  USHER_UNARY(usher.context.v1.ContextService, AddIdentity)
  USHER_UNARY(usher.context.v1.ContextService, RemoveIdentity)
  USHER_UNARY(usher.context.v1.ContextService, ListCustomers)
  USHER_UNARY(usher.context.v1.ContextService, SearchCustomers)
  USHER_UNARY(usher.context.v1.ContextService, SuggestDuplicates)
  USHER_UNARY(usher.context.v1.ContextService, MergeCustomers)
  USHER_UNARY(usher.context.v1.ContextService, UndoMerge)
  USHER_UNARY(usher.context.v1.ContextService, ListTimeline)
  USHER_UNARY(usher.context.v1.ContextService, AddNote)
  USHER_UNARY(usher.context.v1.ContextService, RecordEvents)
  USHER_UNARY(usher.context.v1.ContextService, ListMessages)
  USHER_UNARY(usher.context.v1.ContextService, AppendMessages)
  USHER_UNARY(usher.context.v1.ContextService, SearchMessages)
  USHER_UNARY(usher.context.v1.ContextService, SaveDraft)
  USHER_UNARY(usher.context.v1.ContextService, GetDraft)

  grpc::ServerBidiReactor<ConverseRequest, ConverseResponse>* Converse(
      CallbackServerContext* context) override {
    return io::ServeStream<ConverseRequest, ConverseResponse>(
        table_.loop(), *context, io::AuthorizeCall(table_.gate(), kConverse, *context),
        [this](const io::CallContext& call, ConverseStream::Stream& stream)
            -> Result<std::unique_ptr<ConverseStream::Stream::Handler>> {
          if (!call.claims.domain) return MissingDomain();
          if (const Result<DomainNode*> led = node_.find_led(call.claims.domain); !led.ok())
            return led.error();
          return {std::make_unique<ConverseStream>(node_, now_, call, stream)};
        });
  }

  grpc::ServerWriteReactor<WatchConversationResponse>* WatchConversation(
      CallbackServerContext* context, const WatchConversationRequest* request) override {
    return io::ServeFeed<WatchConversationResponse>(
        table_.loop(), *context, io::AuthorizeCall(table_.gate(), kWatchConversation, *context),
        [this, request](const io::CallContext& call, ConversationWatch::Feed& feed)
            -> Result<std::unique_ptr<ConversationWatch::Feed::Handler>> {
          if (!call.claims.domain) return MissingDomain();
          if (const Result<DomainNode*> led = node_.find_led(call.claims.domain); !led.ok())
            return led.error();
          using Guarded = GuardedFeed<WatchConversationRequest, WatchConversationResponse>;
          return {std::make_unique<Guarded>(
              node_, now_, call, "ContextService/WatchConversation", *request, feed,
              [this, domain = call.claims.domain, query = *request,
               &feed]() -> Result<std::unique_ptr<Guarded::Handler>> {
                auto watch = ConversationWatch::Open(node_, domain, query, feed);
                if (!watch.ok()) return watch.error();
                return {*std::move(watch)};
              })};
        });
  }

  grpc::ServerWriteReactor<WatchTimelineResponse>* WatchTimeline(
      CallbackServerContext* context, const WatchTimelineRequest* request) override {
    return io::ServeFeed<WatchTimelineResponse>(
        table_.loop(), *context, io::AuthorizeCall(table_.gate(), kWatchTimeline, *context),
        [this, request](const io::CallContext& call, TimelineWatch::Feed& feed)
            -> Result<std::unique_ptr<TimelineWatch::Feed::Handler>> {
          if (!call.claims.domain) return MissingDomain();
          if (const Result<DomainNode*> led = node_.find_led(call.claims.domain); !led.ok()) {
            return led.error();
          }
          using Guarded = GuardedFeed<WatchTimelineRequest, WatchTimelineResponse>;
          return {std::make_unique<Guarded>(
              node_, now_, call, "ContextService/WatchTimeline", *request, feed,
              [this, domain = call.claims.domain, query = *request,
               &feed]() -> Result<std::unique_ptr<Guarded::Handler>> {
                auto watch = TimelineWatch::Open(node_, domain, query, feed);
                if (!watch.ok()) return watch.error();
                return {*std::move(watch)};
              })};
        });
  }

 private:
  ContextNode& node_;
  const std::function<Instant()> now_;
  const io::MethodTable& table_;
};

class Privacy final : public PrivacyService::CallbackService {
 public:
  Privacy(ContextNode& node, std::function<Instant()> now, const io::MethodTable& table)
      : node_(node), now_(std::move(now)), table_(table) {}

  USHER_UNARY(usher.context.v1.PrivacyService, ListChanges)
  USHER_UNARY(usher.context.v1.PrivacyService, RevertChange)
  USHER_UNARY(usher.context.v1.PrivacyService, ListReads)
  USHER_UNARY(usher.context.v1.PrivacyService, EraseCustomer)

  grpc::ServerWriteReactor<ExportCustomerResponse>* ExportCustomer(
      CallbackServerContext* context, const ExportCustomerRequest* request) override {
    return io::ServeFeed<ExportCustomerResponse>(
        table_.loop(), *context, io::AuthorizeCall(table_.gate(), kExportCustomer, *context),
        [this, request](const io::CallContext& call, ExportStream::Feed& feed)
            -> Result<std::unique_ptr<ExportStream::Feed::Handler>> {
          using Guarded = GuardedFeed<ExportCustomerRequest, ExportCustomerResponse>;
          return {std::make_unique<Guarded>(
              node_, now_, call, "PrivacyService/ExportCustomer", *request, feed,
              [this, domain = call.claims.domain, id = request->customer_id(),
               &feed]() -> Result<std::unique_ptr<Guarded::Handler>> {
                return {std::make_unique<ExportStream>(node_, domain, CustomerId{id}, feed)};
              })};
        });
  }

 private:
  ContextNode& node_;
  const std::function<Instant()> now_;
  const io::MethodTable& table_;
};

class Cases final : public CaseService::CallbackService {
 public:
  explicit Cases(const io::MethodTable& table) : table_(table) {}

  USHER_UNARY(usher.context.v1.CaseService, OpenCase)
  USHER_UNARY(usher.context.v1.CaseService, GetCase)
  USHER_UNARY(usher.context.v1.CaseService, ListCases)
  USHER_UNARY(usher.context.v1.CaseService, UpdateCase)
  USHER_UNARY(usher.context.v1.CaseService, TransferCase)
  USHER_UNARY(usher.context.v1.CaseService, MakePromise)
  USHER_UNARY(usher.context.v1.CaseService, KeepPromise)

 private:
  const io::MethodTable& table_;
};

}  // namespace

void AddContextServices(ContextNode& node, std::function<Instant()> now,
                        const io::MethodTable& table,
                        std::vector<std::unique_ptr<grpc::Service>>& services) {
  services.push_back(std::make_unique<Service>(node, now, table));
  services.push_back(std::make_unique<Privacy>(node, std::move(now), table));
  services.push_back(std::make_unique<Cases>(table));
}

}  // namespace usher::service
