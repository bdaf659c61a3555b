// SPDX-License-Identifier: Apache-2.0
#include "router/service/admin_methods.h"

#include <algorithm>
#include <charconv>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "router/configuration/domain_diff.h"
#include "router/configuration/domain_reader.h"
#include "router/configuration/domain_warnings.h"
#include "router/service/commands.h"
#include "router/service/paging.h"
#include "router/service/refusals.h"
#include "router/service/wire.h"
#include "usher/admin/v1/admin_service.pb.h"

namespace usher::service {

namespace {

using namespace admin::v1;  // NOLINT(google-build-using-namespace): this file speaks it
using io::CallContext;
using io::Reply;

constexpr std::size_t kYamlBytesMax = 1 << 20;
constexpr char kFile[] = "domain.yaml";

// What an apply and a roll-back answer with.
struct Applied {
  std::uint64_t version = 0;
  std::vector<std::string> changes;
  std::vector<configuration::Diagnostic> warnings;
};
using AppliedDone = std::function<void(Result<Applied>)>;

// A sound domain of this node.
Result<configuration::DomainReading> ReadYaml(const DomainNode& node, const std::string& yaml) {
  if (yaml.size() > kYamlBytesMax) {
    return Error{Code::kInvalidArgument, "TOO_LONG",
                 "the domain file has " + std::to_string(yaml.size()) + " bytes",
                 "keep it below " + std::to_string(kYamlBytesMax)};
  }
  configuration::DomainReading reading = configuration::ReadDomain(yaml, kFile);
  if (!reading.ok()) {
    std::string message;
    for (const configuration::Diagnostic& diagnostic : reading.diagnostics) {
      if (!message.empty()) message += '\n';
      message += configuration::ToString(diagnostic);
    }
    return Error{Code::kInvalidArgument, "BAD_DOMAIN", message,
                 "correct the file and apply it again"};
  }
  if (reading.domain->id != node.runtime.domain()) {
    return Error{Code::kInvalidArgument, "WRONG_DOMAIN",
                 "the file is for domain " + reading.domain->id.value() + ", the token for " +
                     node.runtime.domain().value(),
                 "use a token of the file's domain"};
  }
  return reading;
}

void SetWarning(const configuration::Diagnostic& warning, Diagnostic& out) {
  out.set_severity("warning");
  out.set_line(static_cast<std::uint32_t>(warning.line));
  out.set_message(warning.message);
}

// Everything that an apply needs until it is done.
struct Apply {
  DomainNode& node;
  DomainVersions& versions;
  engine::Domain domain;
  DomainVersion version;
  runtime::Request request;
  Applied applied;
  AppliedDone done;
};

void Decide(const std::shared_ptr<Apply>& apply) {
  apply->request.command = engine::ApplyDomain{std::move(apply->domain), apply->version.version()};
  apply->request.done = [apply](Result<runtime::Answer> answer) {
    if (!answer.ok()) return apply->done(answer.error());
    if (!answer->outcome.ok()) return apply->done(ToError(answer->outcome));
    apply->done(std::move(apply->applied));
  };
  apply->node.runtime.Execute(std::move(apply->request));
}

// The text is kept first: a version in force always has its text, and a text whose command was
// never carried out is replaced by the next apply.
void StartApply(const std::shared_ptr<Apply>& apply) {
  const engine::Engine& engine = apply->node.runtime.engine();
  apply->applied.changes = configuration::DiffDomains(engine.domain(), apply->domain);
  apply->applied.version = engine.version();
  if (engine.version() != 0 && engine.domain() == apply->domain) {
    return apply->done(std::move(apply->applied));
  }
  apply->applied.version = engine.version() + 1;
  apply->version.set_version(apply->applied.version);
  apply->versions.Put(apply->node.runtime.domain(), apply->version, [apply](Result<void> kept) {
    if (!kept.ok()) return apply->done(kept.error());
    // Another apply may have come in between; the loser is told.
    if (!apply->node.runtime.leading()) {
      return apply->done(apply->node.runtime.WhyNotLeading());
    }
    if (apply->node.runtime.engine().version() + 1 != apply->version.version()) {
      return apply->done(Error{Code::kAborted, "VERSION_CHANGED",
                               "another domain file was applied at the same moment",
                               "read the domain, compare, and apply again"});
    }
    Decide(apply);
  });
}

std::shared_ptr<Apply> NewApply(DomainNode& node, DomainVersions& versions, const CallContext& call,
                                configuration::DomainReading reading, std::string yaml,
                                AppliedDone done) {
  auto apply = std::make_shared<Apply>(Apply{node, versions, {}, {}, {}, {}, std::move(done)});
  apply->applied.warnings = configuration::WarnAbout(reading);
  apply->domain = *std::move(reading.domain);
  *apply->version.mutable_applied_at() = ToTimestamp(node.runtime.Now());
  apply->version.set_applied_by(call.claims.subject);
  apply->version.set_yaml(std::move(yaml));
  return apply;
}

void ApplyDomain(const Domains& domains, DomainVersions& versions, const CallContext& call,
                 const ApplyDomainRequest& request, const Reply<ApplyDomainResponse>& reply) {
  const Result<DomainNode*> node = domains.FindLed(call.claims.domain);
  if (!node.ok()) return reply.Fail(node.error());
  const std::uint64_t in_force = (*node)->runtime.engine().version();
  if (request.based_on() != 0 && request.based_on() != in_force) {
    return reply.Fail({Code::kAborted, "VERSION_CHANGED",
                       "version " + std::to_string(in_force) + " is in force, not " +
                           std::to_string(request.based_on()),
                       "read the domain, compare, and apply again"});
  }
  Result<configuration::DomainReading> domain = ReadYaml(**node, request.yaml());
  if (!domain.ok()) return reply.Fail(domain.error());
  auto apply = NewApply(**node, versions, call, *std::move(domain), request.yaml(),
                        [reply](Result<Applied> applied) {
                          if (!applied.ok()) return reply.Fail(applied.error());
                          ApplyDomainResponse response;
                          response.set_version(applied->version);
                          for (std::string& change : applied->changes) {
                            response.add_changes(std::move(change));
                          }
                          for (const auto& warning : applied->warnings) {
                            SetWarning(warning, *response.add_warnings());
                          }
                          reply.Send(std::move(response));
                        });
  if (auto set = SetRequestId(call.claims, request.request_id(), request, apply->request);
      !set.ok()) {
    return reply.Fail(set.error());
  }
  StartApply(apply);
}

void RollbackDomain(const Domains& domains, DomainVersions& versions, const CallContext& call,
                    const RollbackDomainRequest& request,
                    const Reply<RollbackDomainResponse>& reply) {
  const Result<DomainNode*> node = domains.FindLed(call.claims.domain);
  if (!node.ok()) return reply.Fail(node.error());
  runtime::Request to_decide;
  if (auto set = SetRequestId(call.claims, request.request_id(), request, to_decide); !set.ok()) {
    return reply.Fail(set.error());
  }
  versions.Get((*node)->runtime.domain(), request.version(),
               [node = *node, &versions, call, reply,
                to_decide = std::move(to_decide)](Result<DomainVersion> earlier) {
                 if (!earlier.ok()) return reply.Fail(earlier.error());
                 if (!node->runtime.leading()) return reply.Fail(node->runtime.WhyNotLeading());
                 Result<configuration::DomainReading> domain = ReadYaml(*node, earlier->yaml());
                 if (!domain.ok()) return reply.Fail(domain.error());
                 auto apply = NewApply(*node, versions, call, *std::move(domain), earlier->yaml(),
                                       [reply](Result<Applied> applied) {
                                         if (!applied.ok()) return reply.Fail(applied.error());
                                         RollbackDomainResponse response;
                                         response.set_version(applied->version);
                                         for (std::string& change : applied->changes) {
                                           response.add_changes(std::move(change));
                                         }
                                         reply.Send(std::move(response));
                                       });
                 apply->request = to_decide;
                 StartApply(apply);
               });
}

void GetDomain(const Domains& domains, DomainVersions& versions, const CallContext& call,
               const GetDomainRequest& request, const Reply<GetDomainResponse>& reply) {
  const Result<DomainNode*> node = domains.FindLed(call.claims.domain);
  if (!node.ok()) return reply.Fail(node.error());
  const std::uint64_t in_force = (*node)->runtime.engine().version();
  const std::uint64_t wanted = request.version() == 0 ? in_force : request.version();
  if (wanted == 0) {
    return reply.Fail({Code::kNotFound, "NO_DOMAIN",
                       "no domain file has been applied to " + (*node)->runtime.domain().value(),
                       "apply one"});
  }
  versions.Get((*node)->runtime.domain(), wanted, [reply](Result<DomainVersion> version) {
    if (!version.ok()) return reply.Fail(version.error());
    GetDomainResponse response;
    *response.mutable_domain() = *std::move(version);
    reply.Send(std::move(response));
  });
}

// Reads one version after the other, newest first, into the answer.
void ListFrom(DomainNode& node, DomainVersions& versions, std::uint64_t version,
              std::size_t page_size, std::shared_ptr<ListDomainVersionsResponse> response,
              const Reply<ListDomainVersionsResponse>& reply) {
  if (version == 0) return reply.Send(std::move(*response));
  if (static_cast<std::size_t>(response->versions_size()) == page_size) {
    response->mutable_page()->set_next_page_token(std::to_string(version));
    return reply.Send(std::move(*response));
  }
  versions.Get(
      node.runtime.domain(), version,
      [&node, &versions, version, page_size, response, reply](Result<DomainVersion> found) {
        if (!found.ok() && found.error().code != Code::kNotFound) {
          return reply.Fail(found.error());
        }
        if (found.ok()) {
          found->clear_yaml();
          *response->add_versions() = *std::move(found);
        }
        ListFrom(node, versions, version - 1, page_size, response, reply);
      });
}

void ListDomainVersions(const Domains& domains, DomainVersions& versions, const CallContext& call,
                        const ListDomainVersionsRequest& request,
                        const Reply<ListDomainVersionsResponse>& reply) {
  const Result<DomainNode*> node = domains.FindLed(call.claims.domain);
  if (!node.ok()) return reply.Fail(node.error());
  std::uint64_t newest = (*node)->runtime.engine().version();
  const std::string& token = request.page().page_token();
  if (!token.empty()) {
    std::uint64_t from = 0;
    const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), from);
    if (error != std::errc{} || end != token.data() + token.size()) {
      return reply.Fail({Code::kInvalidArgument, "BAD_PAGE_TOKEN", "page_token is not one of ours",
                         "use next_page_token of the page before"});
    }
    newest = std::min(newest, from);
  }
  ListFrom(**node, versions, newest, PageSize(request.page()),
           std::make_shared<ListDomainVersionsResponse>(), reply);
}

void DiffDomain(const Domains& domains, const CallContext& call, const DiffDomainRequest& request,
                const Reply<DiffDomainResponse>& reply) {
  const Result<DomainNode*> node = domains.FindLed(call.claims.domain);
  if (!node.ok()) return reply.Fail(node.error());
  if (request.yaml().size() > kYamlBytesMax) {
    return reply.Fail({Code::kInvalidArgument, "TOO_LONG", "the domain file is longer than 1 MiB",
                       "split the domain"});
  }
  DiffDomainResponse response;
  const configuration::DomainReading reading = configuration::ReadDomain(request.yaml(), kFile);
  for (const configuration::Diagnostic& found : reading.diagnostics) {
    Diagnostic& diagnostic = *response.add_diagnostics();
    diagnostic.set_severity("error");
    diagnostic.set_line(static_cast<std::uint32_t>(found.line));
    diagnostic.set_message(found.message);
  }
  if (reading.ok()) {
    const engine::Domain& in_force = (*node)->runtime.engine().domain();
    for (std::string& change : configuration::DiffDomains(in_force, *reading.domain)) {
      response.add_changes(std::move(change));
    }
    for (const configuration::Diagnostic& warning : configuration::WarnAbout(reading)) {
      SetWarning(warning, *response.add_diagnostics());
    }
  }
  reply.Send(std::move(response));
}

template <class Request, class Response>
void AddVersioned(const Domains& domains, DomainVersions& versions, io::MethodTable& table,
                  const std::string& name,
                  void (*run)(const Domains&, DomainVersions&, const CallContext&, const Request&,
                              const Reply<Response>&)) {
  table.Add<Request, Response>(
      "/usher.admin.v1.AdminService/" + name,
      [&domains, &versions, run](const CallContext& call, const Request& request,
                                 const Reply<Response>& reply) {
        run(domains, versions, call, request, reply);
      });
}

}  // namespace

void AddAdminMethods(const Domains& domains, DomainVersions& versions, io::MethodTable& table) {
  AddVersioned(domains, versions, table, "ApplyDomain", ApplyDomain);
  AddVersioned(domains, versions, table, "GetDomain", GetDomain);
  AddVersioned(domains, versions, table, "ListDomainVersions", ListDomainVersions);
  AddVersioned(domains, versions, table, "RollbackDomain", RollbackDomain);
  table.Add<DiffDomainRequest, DiffDomainResponse>(
      "/usher.admin.v1.AdminService/DiffDomain",
      [&domains](const CallContext& call, const DiffDomainRequest& request,
                 const Reply<DiffDomainResponse>& reply) {
        DiffDomain(domains, call, request, reply);
      });
}

}  // namespace usher::service
