// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace usher::phone {

// Agents' telephones that stay off the hook between calls: whose they are, at which line, and which
// contact has each just now; at most one of an agent at a line. A telephone comes in with the first
// call that it answers; its agent takes it out by hanging up.
//
// Pure. Ids of legs are unique over all lines.
class NailedPhones {
 public:
  // A leg is called for `contact` and shall stay up behind it. False: the agent has one already,
  // and the leg is an ordinary one.
  bool Use(const std::string& line, const std::string& agent, const std::string& leg,
           const std::string& contact);
  // The agent's free telephone at the line, which is the contact's from now on; empty: none.
  std::string Take(const std::string& line, const std::string& agent, const std::string& contact);
  bool HasFree(const std::string& line, const std::string& agent) const;
  // Its call is over, and it is up.
  void Release(const std::string& leg);
  void Gone(const std::string& leg);
  // All of the line that are not among `standing` are gone.
  void KeepOnly(const std::string& line, const std::set<std::string>& standing);
  // Of the call that has it; empty: none, or no such leg.
  std::string ContactOf(const std::string& leg) const;
  bool Knows(const std::string& leg) const { return owners_.contains(leg); }
  struct Free {
    std::string line;
    std::string agent;
    std::string leg;
  };
  std::vector<Free> ListFree() const;
  bool empty() const { return phones_.empty(); }

 private:
  using Owner = std::pair<std::string, std::string>;  // line, agent
  struct Phone {
    std::string leg;
    std::string contact;  // empty: free
  };
  std::map<Owner, Phone> phones_;
  std::map<std::string, Owner> owners_;  // by leg
};

}  // namespace usher::phone
