// SPDX-License-Identifier: Apache-2.0
#include "router/service/domain_versions.h"

#include <utility>

namespace usher::service {

namespace {

std::string Key(const DomainId& domain) { return "usher:{" + domain.value() + "}:versions"; }

}  // namespace

void DomainVersions::Put(const DomainId& domain, const admin::v1::DomainVersion& version,
                         std::function<void(Result<void>)> done) {
  redis_.Call({"HSET", Key(domain), std::to_string(version.version()), version.SerializeAsString()},
              [done = std::move(done)](Result<store::RedisReply> reply) {
                if (!reply.ok()) return done(reply.error());
                if (reply->IsError()) return done(store::ToError(*reply, "keep a domain file"));
                done({});
              });
}

void DomainVersions::Get(const DomainId& domain, std::uint64_t version,
                         std::function<void(Result<admin::v1::DomainVersion>)> done) {
  redis_.Call({"HGET", Key(domain), std::to_string(version)},
              [domain, version, done = std::move(done)](Result<store::RedisReply> reply) {
                if (!reply.ok()) return done(reply.error());
                if (reply->IsError()) return done(store::ToError(*reply, "read a domain file"));
                admin::v1::DomainVersion found;
                if (reply->IsNil()) {
                  return done(Error{
                      Code::kNotFound, "UNKNOWN_VERSION",
                      "domain " + domain.value() + " has no version " + std::to_string(version),
                      "list the versions"});
                }
                if (!found.ParseFromString(std::string(reply->text()))) {
                  return done(Error{Code::kDataLoss, "VERSION_DAMAGED",
                                    "version " + std::to_string(version) + " cannot be read",
                                    "apply the domain file again"});
                }
                done(std::move(found));
              });
}

}  // namespace usher::service
