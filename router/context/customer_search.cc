// SPDX-License-Identifier: Apache-2.0
#include "router/context/customer_search.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <tuple>
#include <utility>

namespace usher::context {

namespace {

// Records that are looked at for each one that is asked for, so that those who were in touch last
// come first where a few more fit.
constexpr std::size_t kLookedAtForEach = 3;
constexpr std::size_t kLookedAtMin = 32;

struct Found {
  v1::Customer own;
  Fit fit;
};

// Calls `then` when `left` have ended.
class Countdown {
 public:
  Countdown(std::size_t left, std::function<void()> then) : left_(left), then_(std::move(then)) {}
  void End() {
    if (--left_ == 0) then_();
  }

 private:
  std::size_t left_;
  std::function<void()> then_;
};

}  // namespace

struct CustomerSearch::Searching {
  Request request;
  Query query;
  std::vector<std::string> fields;
  std::size_t looked_at_max = 0;
  std::function<void(Result<v1::SearchCustomersResponse>)> done;

  std::vector<IndexHit> waiting;   // to be looked at
  std::set<CustomerId> looked_at;  // or waiting
  std::map<CustomerId, Found> found;
  bool more = false;
  Result<void> result;
};

void CustomerSearch::Search(const Request& request,
                            std::function<void(Result<v1::SearchCustomersResponse>)> done) {
  auto searching = std::make_shared<Searching>();
  searching->request = request;
  searching->query = ToQuery(request.text, request.calling_code);
  searching->fields = index_.FieldsOf(request.domain);
  searching->looked_at_max =
      std::min(std::max(kLookedAtMin, kLookedAtForEach * request.limit), kCandidatesMax / 2);
  searching->done = std::move(done);
  if (searching->query.starts.empty()) return searching->done(v1::SearchCustomersResponse{});
  FindStarts(searching);
}

void CustomerSearch::FindStarts(const std::shared_ptr<Searching>& searching) {
  struct Answers {
    std::vector<IndexHits> of;
  };
  const auto answers = std::make_shared<Answers>();
  answers->of.resize(searching->query.starts.size());
  const auto all = std::make_shared<Countdown>(answers->of.size(), [this, searching, answers] {
    if (!searching->result.ok()) return searching->done(searching->result.error());
    for (const IndexHits& hits : answers->of) TakeHits(searching, hits);
    LookAt(searching, [this, searching] {
      const bool enough = searching->found.size() >= searching->request.limit;
      if (enough || searching->query.words.empty()) return Finish(searching);
      FindWords(searching);
    });
  });
  for (std::size_t i = 0; i < answers->of.size(); ++i) {
    index_.Find(searching->request.domain, searching->query.starts[i], searching->looked_at_max,
                [searching, answers, all, i](Result<IndexHits> hits) {
                  if (hits.ok()) {
                    answers->of[i] = *std::move(hits);
                  } else {
                    searching->result = hits.error();
                  }
                  all->End();
                });
  }
}

void CustomerSearch::TakeHits(const std::shared_ptr<Searching>& searching, const IndexHits& hits) {
  searching->more |= hits.more;
  for (const IndexHit& hit : hits.hits) {
    if (searching->looked_at.size() >= kCandidatesMax) {
      searching->more = true;
      return;
    }
    if (searching->looked_at.insert(hit.customer).second) searching->waiting.push_back(hit);
  }
}

// Of several words the one that the fewest have leads to the records, and those say whether the
// others fit as well.
void CustomerSearch::FindWords(const std::shared_ptr<Searching>& searching) {
  struct Answers {
    IndexHits fewest;
    bool any = false;
  };
  const auto answers = std::make_shared<Answers>();
  const auto all =
      std::make_shared<Countdown>(searching->query.words.size(), [this, searching, answers] {
        if (!searching->result.ok()) return searching->done(searching->result.error());
        TakeHits(searching, answers->fewest);
        LookAt(searching, [this, searching] { Finish(searching); });
      });
  for (const std::string& word : searching->query.words) {
    index_.Find(searching->request.domain, word, kCandidatesMax / 2,
                [searching, answers, all](Result<IndexHits> hits) {
                  if (!hits.ok()) {
                    searching->result = hits.error();
                  } else if (!answers->any ||
                             std::tuple(hits->more, hits->hits.size()) <
                                 std::tuple(answers->fewest.more, answers->fewest.hits.size())) {
                    answers->any = true;
                    answers->fewest = *std::move(hits);
                  }
                  all->End();
                });
  }
}

void CustomerSearch::LookAt(const std::shared_ptr<Searching>& searching,
                            std::function<void()> then) {
  const std::vector<IndexHit> hits = std::exchange(searching->waiting, {});
  if (hits.empty()) return then();
  const auto all = std::make_shared<Countdown>(hits.size(), [searching, then = std::move(then)] {
    if (!searching->result.ok()) return searching->done(searching->result.error());
    then();
  });
  for (const IndexHit& hit : hits) {
    customers_.GetOwn(searching->request.domain, hit.customer,
                      [this, searching, hit, all](Result<v1::Customer> own) {
                        if (own.ok()) {
                          return Judge(searching, hit, *own, [all] { all->End(); });
                        }
                        if (own.error().code == Code::kNotFound) {
                          index_.Drop(searching->request.domain, hit);
                        } else if (own.error().code != Code::kDataLoss) {
                          searching->result = own.error();
                        }
                        // A damaged record hides itself alone; reading or verifying it says so.
                        all->End();
                      });
  }
}

void CustomerSearch::Judge(const std::shared_ptr<Searching>& searching, const IndexHit& hit,
                           const v1::Customer& own, std::function<void()> then) {
  const std::vector<Term> terms = TermsOf(own, searching->fields);
  if (std::optional<Fit> fit = FitOf(searching->query, terms)) {
    Take(searching, own, *std::move(fit));
    return then();
  }
  const bool has_term = std::any_of(terms.begin(), terms.end(),
                                    [&](const Term& term) { return term.text == hit.term; });
  if (has_term) return then();  // of one word of several
  JudgeReference(searching, hit, own, std::move(then));
}

void CustomerSearch::JudgeReference(const std::shared_ptr<Searching>& searching,
                                    const IndexHit& hit, const v1::Customer& own,
                                    std::function<void()> then) {
  index_.HasReference(searching->request.domain, hit.customer, hit.term,
                      [this, searching, hit, own, then = std::move(then)](Result<bool> has) {
                        if (!has.ok()) {
                          searching->result = has.error();
                        } else if (!*has) {
                          index_.Drop(searching->request.domain, hit);
                        } else {
                          for (const std::string& start : searching->query.starts) {
                            if (!hit.term.starts_with(start)) continue;
                            Take(searching, own, {IsWhole(hit.term, start), {"reference"}});
                            break;
                          }
                        }
                        then();
                      });
}

void CustomerSearch::Take(const std::shared_ptr<Searching>& searching, const v1::Customer& own,
                          Fit fit) {
  searching->found.insert_or_assign(CustomerId{own.id()}, Found{own, std::move(fit)});
}

// What was found by a record that was merged into another is that other's: shown once, with what
// either fits by.
void CustomerSearch::Finish(const std::shared_ptr<Searching>& searching) {
  std::vector<Found> best;
  for (auto& [id, found] : searching->found) best.push_back(std::move(found));
  std::sort(best.begin(), best.end(), [](const Found& a, const Found& b) {
    const auto rank = [](const Found& one) {
      return std::tuple(!one.fit.exact, -one.own.last_contact_at().seconds(),
                        -one.own.last_contact_at().nanos(), one.own.id());
    };
    return rank(a) < rank(b);
  });
  if (best.size() > searching->request.limit) {
    best.resize(searching->request.limit);
    searching->more = true;
  }
  struct Showing {
    std::vector<Found> best;
    std::vector<v1::Customer> shown;
  };
  const auto showing = std::make_shared<Showing>();
  showing->best = std::move(best);
  showing->shown.resize(showing->best.size());
  const auto tell = [searching, showing] {
    if (!searching->result.ok()) return searching->done(searching->result.error());
    v1::SearchCustomersResponse response;
    response.set_more(searching->more);
    std::map<std::string, v1::SearchHit*> told;
    for (std::size_t i = 0; i < showing->shown.size(); ++i) {
      v1::Customer& customer = showing->shown[i];
      if (customer.id().empty()) continue;  // went meanwhile
      v1::SearchHit*& hit = told[customer.id()];
      if (hit == nullptr) {
        hit = response.add_hits();
        *hit->mutable_customer() = std::move(customer);
      }
      for (const std::string& what : showing->best[i].fit.matched) {
        const auto& matched = hit->matched();
        if (std::find(matched.begin(), matched.end(), what) == matched.end()) {
          hit->add_matched(what);
        }
      }
    }
    searching->done(std::move(response));
  };
  if (showing->best.empty()) return tell();
  const auto all = std::make_shared<Countdown>(showing->best.size(), tell);
  for (std::size_t i = 0; i < showing->best.size(); ++i) {
    const auto show = [searching, showing, all, i](Result<v1::Customer> customer) {
      if (customer.ok()) {
        showing->shown[i] = *std::move(customer);
      } else if (customer.error().code != Code::kNotFound) {
        searching->result = customer.error();
      }
      all->End();
    };
    const v1::Customer& own = showing->best[i].own;
    if (own.merged_into().empty()) {
      customers_.Present(searching->request.domain, own, show);
    } else {
      customers_.Get(searching->request.domain, CustomerId{own.id()}, show);
    }
  }
}

}  // namespace usher::context
