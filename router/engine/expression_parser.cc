// SPDX-License-Identifier: Apache-2.0
#include "router/engine/expression_parser.h"

#include <array>
#include <charconv>
#include <utility>

namespace usher::engine::expression_detail {
namespace {

struct Token {
  enum class Kind { kEnd, kName, kNumber, kText, kCompare, kOpen, kClose };
  Kind kind = Kind::kEnd;
  std::string_view text;  // without the quotes of a text
  std::size_t column = 1;
};

bool IsLetter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }
bool IsNamePart(char c) { return IsLetter(c) || IsDigit(c) || c == '-' || c == '.'; }
bool IsBlank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

struct Spelling {
  std::string_view text;
  Op op;
};
constexpr std::array kComparisons = {Spelling{"<=", Op::kLe}, Spelling{">=", Op::kGe},
                                     Spelling{"==", Op::kEq}, Spelling{"!=", Op::kNe},
                                     Spelling{"<", Op::kLt},  Spelling{">", Op::kGt}};
constexpr std::array kPatternWords = {Spelling{"contains", Op::kContains},
                                      Spelling{"matches", Op::kMatches}};

class Lexer {
 public:
  Lexer(std::string_view text, std::string_view reason) : text_(text), reason_(reason) {}

  Result<Token> Next() {
    while (at_ < text_.size() && IsBlank(text_[at_])) ++at_;
    if (at_ == text_.size()) return Take(Token::Kind::kEnd, 0);
    const char c = text_[at_];
    if (c == '(') return Take(Token::Kind::kOpen, 1);
    if (c == ')') return Take(Token::Kind::kClose, 1);
    if (c == '"' || c == '\'') return TakeText(c);
    if (IsLetter(c)) return Take(Token::Kind::kName, LengthWhile(1, IsNamePart));
    const bool is_signed = (c == '-' || c == '+') && at_ + 1 < text_.size();
    if (IsDigit(c) || (is_signed && IsDigit(text_[at_ + 1]))) return TakeNumber();
    for (const Spelling& spelling : kComparisons) {
      if (text_.substr(at_).starts_with(spelling.text)) {
        return Take(Token::Kind::kCompare, spelling.text.size());
      }
    }
    return Unexpected(c);
  }

 private:
  template <class Predicate>
  std::size_t LengthWhile(std::size_t length, Predicate predicate) const {
    while (at_ + length < text_.size() && predicate(text_[at_ + length])) ++length;
    return length;
  }

  Token Take(Token::Kind kind, std::size_t length) {
    const Token token{kind, text_.substr(at_, length), at_ + 1};
    at_ += length;
    return token;
  }

  Result<Token> TakeText(char quote) {
    const std::size_t end = text_.find(quote, at_ + 1);
    if (end == std::string_view::npos) {
      return Complaint(reason_, at_ + 1, "the text that begins here has no closing quote",
                       "Close it with the same quote.");
    }
    const Token token{Token::Kind::kText, text_.substr(at_ + 1, end - at_ - 1), at_ + 1};
    at_ = end + 1;
    return token;
  }

  Result<Token> TakeNumber() {
    const std::size_t length = LengthWhile(1, IsNamePart);
    const std::string_view digits = text_.substr(at_ + 1, length - 1);
    for (const char c : digits) {
      if (IsDigit(c)) continue;
      return Complaint(reason_, at_ + 1,
                       "\"" + std::string(text_.substr(at_, length)) + "\" is not a whole number",
                       "Write whole numbers, without a unit or a decimal point.");
    }
    return Take(Token::Kind::kNumber, length);
  }

  Error Unexpected(char c) const {
    std::string what = "unexpected character";
    if (c > ' ' && c < 127) what += std::string(" '") + c + "'";
    if (c == '=') return Complaint(reason_, at_ + 1, what, "Write == to compare.");
    if (c == '&') return Complaint(reason_, at_ + 1, what, "Write the word and.");
    if (c == '|') return Complaint(reason_, at_ + 1, what, "Write the word or.");
    if (c == '!') return Complaint(reason_, at_ + 1, what, "Write the word not.");
    return Complaint(reason_, at_ + 1, what, "Use names, numbers, comparisons, and, or, not.");
  }

  std::string_view text_;
  std::string_view reason_;
  std::size_t at_ = 0;
};

class Parser {
 public:
  Parser(std::string_view text, std::string_view reason, const MakeLeaf& make_leaf)
      : lexer_(text, reason), reason_(reason), make_leaf_(make_leaf) {}

  Result<std::vector<Node>> Parse() {
    if (auto moved = Advance(); !moved) return moved.error();
    if (token_.kind == Token::Kind::kEnd) return std::move(nodes_);
    if (auto root = ParseChain(Op::kOr); !root) return root.error();
    if (token_.kind != Token::Kind::kEnd) {
      return Complain("expected and, or, or the end, not \"" + std::string(token_.text) + "\"",
                      token_.kind == Token::Kind::kCompare
                          ? "Compare a name with a value, the name first, once."
                          : "Join the parts with and or or.");
    }
    return std::move(nodes_);
  }

 private:
  using Index = std::int32_t;

  Result<void> Advance() {
    auto token = lexer_.Next();
    if (!token) return token.error();
    token_ = *token;
    return {};
  }

  bool AtWord(std::string_view word) const {
    return token_.kind == Token::Kind::kName && token_.text == word;
  }

  Error Complain(std::string what, std::string next_step) const {
    return Complaint(reason_, token_.column, std::move(what), std::move(next_step));
  }

  Result<Index> Add(Node node) {
    if (nodes_.size() == kExpressionNodesMax) {
      return Complain("more than " + std::to_string(kExpressionNodesMax) + " parts",
                      "Say it with fewer names.");
    }
    nodes_.push_back(node);
    return static_cast<Index>(nodes_.size() - 1);
  }

  // a or b or c, whose parts are chains of and, whose parts are single terms.
  Result<Index> ParseChain(Op op) {
    const auto part = [&] { return op == Op::kOr ? ParseChain(Op::kAnd) : ParseTerm(); };
    auto left = part();
    while (left && AtWord(op == Op::kOr ? "or" : "and")) {
      if (auto moved = Advance(); !moved) return moved.error();
      auto right = part();
      if (!right) return right;
      left = Add(Node{.op = op, .left = *left, .right = *right});
    }
    return left;
  }

  Result<Index> ParseTerm() {
    if (!AtWord("not") && token_.kind != Token::Kind::kOpen) return ParseLeaf();
    if (depth_ == kExpressionDepthMax) {
      return Complain("nested more than " + std::to_string(kExpressionDepthMax) + " deep",
                      "Remove parentheses.");
    }
    ++depth_;
    auto term = AtWord("not") ? ParseNot() : ParseParentheses();
    --depth_;
    return term;
  }

  Result<Index> ParseNot() {
    if (auto moved = Advance(); !moved) return moved.error();
    ++nots_;
    auto term = ParseTerm();
    --nots_;
    if (!term) return term;
    return Add(Node{.op = Op::kNot, .left = *term});
  }

  Result<Index> ParseParentheses() {
    const std::size_t opened = token_.column;
    if (auto moved = Advance(); !moved) return moved.error();
    auto inner = ParseChain(Op::kOr);
    if (!inner) return inner;
    if (token_.kind != Token::Kind::kClose) {
      return Complain("the parenthesis of column " + std::to_string(opened) + " is not closed",
                      "Close it, or join the parts with and or or.");
    }
    if (auto moved = Advance(); !moved) return moved.error();
    return inner;
  }

  Result<Index> ParseLeaf() {
    if (token_.kind != Token::Kind::kName || AtWord("and") || AtWord("or")) return NoName();
    Leaf leaf{.name = token_.text,
              .name_column = token_.column,
              .op = Op::kHas,
              .literal = {},
              .literal_column = 0,
              .inside_not = nots_ > 0};
    if (auto moved = Advance(); !moved) return moved.error();
    if (token_.kind == Token::Kind::kCompare) {
      for (const Spelling& spelling : kComparisons) {
        if (spelling.text == token_.text) leaf.op = spelling.op;
      }
      if (auto read = ReadLiteral(leaf); !read) return read.error();
    }
    for (const Spelling& word : kPatternWords) {
      if (!AtWord(word.text)) continue;
      leaf.op = word.op;
      if (auto read = ReadPattern(leaf); !read) return read.error();
      break;
    }
    auto node = make_leaf_(leaf);
    if (!node) return node.error();
    return Add(*node);
  }

  Result<void> ReadPattern(Leaf& leaf) {
    const std::string word(token_.text);
    if (auto read = ReadLiteral(leaf); !read) return read;
    if (leaf.literal.type == Literal::Type::kText && !leaf.literal.text.empty()) return {};
    return Complaint(reason_, leaf.literal_column, word + " looks for a text",
                     "Write it in quotes, and not empty.");
  }

  Error NoName() const {
    if (token_.kind == Token::Kind::kEnd) {
      return Complain("the expression ends where a name is expected", "Complete or shorten it.");
    }
    return Complain("expected a name, not \"" + std::string(token_.text) + "\"",
                    "Begin each comparison with a name.");
  }

  Result<void> ReadLiteral(Leaf& leaf) {
    if (auto moved = Advance(); !moved) return moved;
    leaf.literal_column = token_.column;
    if (token_.kind == Token::Kind::kNumber) {
      std::string_view digits = token_.text;
      if (digits.starts_with('+')) digits.remove_prefix(1);
      leaf.literal.type = Literal::Type::kNumber;
      const auto [end, failure] =
          std::from_chars(digits.data(), digits.data() + digits.size(), leaf.literal.number);
      if (failure != std::errc{}) {
        return Complain("the number is too large", "Use at most 18 digits.");
      }
    } else if (token_.kind == Token::Kind::kText) {
      leaf.literal.type = Literal::Type::kText;
      leaf.literal.text = token_.text;
    } else if (AtWord("true") || AtWord("false")) {
      leaf.literal.type = Literal::Type::kTruth;
      leaf.literal.text = token_.text;
    } else {
      return Complain("expected a value to compare with" +
                          (token_.text.empty() ? "" : ", not \"" + std::string(token_.text) + "\""),
                      "Compare a name with a number, or in rules with a text in quotes.");
    }
    return Advance();
  }

  Lexer lexer_;
  std::string_view reason_;
  const MakeLeaf& make_leaf_;
  Token token_;
  std::vector<Node> nodes_;
  int depth_ = 0;
  int nots_ = 0;
};

}  // namespace

Error Complaint(std::string_view reason, std::size_t column, std::string what,
                std::string next_step) {
  return Error{Code::kInvalidArgument, std::string(reason),
               "column " + std::to_string(column) + ": " + std::move(what), std::move(next_step)};
}

Result<std::vector<Node>> ParseExpression(std::string_view text, std::string_view reason,
                                          const MakeLeaf& make_leaf) {
  if (text.size() > kExpressionTextMax) {
    return Complaint(reason, kExpressionTextMax,
                     "longer than " + std::to_string(kExpressionTextMax) + " bytes",
                     "Say it in fewer words.");
  }
  return Parser(text, reason, make_leaf).Parse();
}

std::string_view OpText(Op op) {
  for (const Spelling& spelling : kComparisons) {
    if (spelling.op == op) return spelling.text;
  }
  for (const Spelling& word : kPatternWords) {
    if (word.op == op) return word.text;
  }
  return "";
}

std::string PrintExpression(const std::vector<Node>& nodes,
                            const std::function<std::string(const Node&)>& leaf_text) {
  if (nodes.empty()) return "";
  // Children stand before their parents, so one pass has every child's text ready.
  std::vector<std::string> texts;
  texts.reserve(nodes.size());
  const auto child = [&](std::int32_t which, bool wrap) {
    std::string& text = texts[static_cast<std::size_t>(which)];
    return wrap ? "(" + std::move(text) + ")" : std::move(text);
  };
  const auto op_of = [&](std::int32_t which) { return nodes[static_cast<std::size_t>(which)].op; };
  for (const Node& node : nodes) {
    if (node.op == Op::kNot) {
      const Op inner = op_of(node.left);
      texts.push_back("not " + child(node.left, inner == Op::kAnd || inner == Op::kOr));
    } else if (node.op == Op::kAnd) {
      std::string left = child(node.left, op_of(node.left) == Op::kOr);
      texts.push_back(std::move(left) + " and " + child(node.right, op_of(node.right) == Op::kOr));
    } else if (node.op == Op::kOr) {
      std::string left = child(node.left, false);
      texts.push_back(std::move(left) + " or " + child(node.right, false));
    } else {
      texts.push_back(leaf_text(node));
    }
  }
  return std::move(texts.back());
}

}  // namespace usher::engine::expression_detail
