// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

namespace usher::bench {

// One contact's way through the router, by the number that the load gave it.
struct Life {
  std::uint64_t number = 0;
  std::string contact;
  std::string agent;
  std::string offer;
};

// What the router has told, each after its commit. Called on the load's loop.
class RoadListener {
 public:
  virtual ~RoadListener() = default;
  // Every agent is signed in and watched.
  virtual void OnReady() = 0;
  virtual void OnSubmitted(std::uint64_t number) = 0;
  virtual void OnOffered(Life life) = 0;
  virtual void OnAccepted(std::uint64_t number) = 0;
  virtual void OnCompleted(std::uint64_t number) = 0;
};

// How the load reaches the router: over the two batched streams, or by unary calls with a stream
// for each agent. On the load's loop. A refusal ends the program: nothing here should be refused.
class Road {
 public:
  virtual ~Road() = default;
  // Signs the agents in; OnReady follows.
  virtual void Open(int agents) = 0;
  virtual void Submit(std::uint64_t number) = 0;
  virtual void Accept(const Life& life) = 0;
  virtual void Complete(const Life& life) = 0;
};

// The names that the domain file of the benchmark gives its agents.
inline std::string AgentName(int i) { return "a" + std::to_string(i); }

// A contact's external id carries its number, and the offer shows it.
inline std::string ExternalId(std::uint64_t number) { return "b-" + std::to_string(number); }
inline std::uint64_t NumberOf(const std::string& external_id) {
  return std::stoull(external_id.substr(2));
}

}  // namespace usher::bench
