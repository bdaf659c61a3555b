// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/context/people.h"

#include <array>
#include <cstdio>
#include <string_view>

namespace usher::context {

namespace {

// Of a hundred families; the most frequent ones several times.
constexpr std::array<std::string_view, 32> kChineseFamilies = {
    "王", "王", "王", "李", "李", "李", "张", "张", "张", "刘",  "刘",
    "陈", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙", "胡",  "朱",
    "高", "林", "何", "郭", "马", "罗", "梁", "宋", "郑", "欧阳"};
constexpr std::array<std::string_view, 48> kChineseLetters = {
    "伟", "芳", "娜", "敏", "静", "丽", "强", "磊", "军", "洋", "勇", "艳", "杰", "娟", "涛", "明",
    "超", "秀", "霞", "平", "刚", "桂", "英", "华", "玉", "兰", "飞", "红", "梅", "鑫", "波", "斌",
    "宇", "浩", "凯", "健", "俊", "帆", "雪", "琳", "晨", "倩", "婷", "宁", "佳", "欣", "志", "文"};
constexpr std::array<std::string_view, 40> kFirstNames = {
    "Anna",   "Ben",   "Clara",  "David",    "Emma",    "Felix", "Greta",  "Henry",
    "Ida",    "Jonas", "Karl",   "Lena",     "Maria",   "Noah",  "Olivia", "Paul",
    "Rosa",   "Simon", "Theo",   "Ursula",   "Viktor",  "Wanda", "Yusuf",  "Zoe",
    "Jürgen", "Zoë",   "André",  "François", "Łukasz",  "Björn", "Søren",  "Ngọc",
    "James",  "Mary",  "Robert", "Linda",    "Michael", "Sarah", "Thomas", "Julia"};
constexpr std::array<std::string_view, 40> kFamilies = {
    "Smith",    "Johnson", "Müller", "Schmidt",  "Schneider", "Fischer", "Weber",  "Meyer",
    "Wagner",   "Becker",  "Garcia", "Martinez", "Rodriguez", "Lopez",   "Hansen", "Nielsen",
    "Kowalski", "Nowak",   "Dubois", "Moreau",   "Laurent",   "Rossi",   "Russo",  "Ferrari",
    "Nguyen",   "Tran",    "Kim",    "Park",     "Suzuki",    "Tanaka",  "Wang",   "Li",
    "Brown",    "Jones",   "Taylor", "Wilson",   "Walker",    "Wright",  "Watson", "Wood"};

template <std::size_t kCount>
std::string_view Pick(const std::array<std::string_view, kCount>& from, std::uint64_t dice) {
  return from[dice % kCount];
}

std::string Digits(std::uint64_t number, int width) {
  std::array<char, 24> text{};
  std::snprintf(text.data(), text.size(), "%0*llu", width, static_cast<unsigned long long>(number));
  return text.data();
}

}  // namespace

std::uint64_t Scramble(std::uint64_t number) {
  number += 0x9E3779B97F4A7C15ULL;
  number = (number ^ (number >> 30)) * 0xBF58476D1CE4E5B9ULL;
  number = (number ^ (number >> 27)) * 0x94D049BB133111EBULL;
  return number ^ (number >> 31);
}

Person PersonOf(std::uint64_t number) {
  const std::uint64_t dice = Scramble(number);
  Person person;
  if (dice % 10 < 6) {
    person.name = Pick(kChineseFamilies, dice >> 8);
    person.name += Pick(kChineseLetters, dice >> 16);
    if ((dice >> 4) % 4 != 0) person.name += Pick(kChineseLetters, dice >> 24);
    // No two have the same: the number itself is in it.
    person.phone = "+861" + Digits(30 + (dice >> 32) % 60, 2) + Digits(number, 8);
  } else {
    person.name = Pick(kFirstNames, dice >> 8);
    person.name += ' ';
    person.name += Pick(kFamilies, dice >> 16);
    person.phone = "+4915" + Digits((dice >> 32) % 10, 1) + Digits(number, 8);
  }
  person.email =
      "user" + Digits(dice % 1'000'000, 6) + '.' + std::to_string(number) + "@example.com";
  return person;
}

Typed TypedFor(std::uint64_t number, std::uint64_t dice) {
  const Person person = PersonOf(number);
  const bool is_chinese = static_cast<unsigned char>(person.name[0]) >= 0x80 &&
                          person.name.find(' ') == std::string::npos;
  const std::size_t blank = person.name.find(' ');
  switch (dice % 20) {
    case 0:
      return {"one letter", std::string(1, static_cast<char>('a' + dice / 20 % 26))};
    case 1:
    case 2:
    case 3:
      return {"whole name", person.name};
    case 4:
    case 5:
      return {"family name", is_chinese ? person.name.substr(0, 3) : person.name.substr(blank + 1)};
    case 6:
    case 7:
      return {"given name", is_chinese ? person.name.substr(3) : person.name.substr(0, blank)};
    case 8:
      return {"in Latin letters", dice % 40 < 20 ? "wang" : "zhang wei"};
    case 9:
    case 10:
      return {"two begun words",
              is_chinese ? person.name.substr(0, 6)
                         : person.name.substr(blank + 1, 3) + ' ' + person.name.substr(0, 1)};
    case 11:
    case 12:
    case 13:
      return {"phone, whole", person.phone};
    case 14:
    case 15:
    case 16:
      return {"phone, begun", person.phone.substr(0, 9)};
    case 17:
    case 18:
      return {"mail, whole", person.email};
    default:
      return {"mail, begun", person.email.substr(0, 8)};
  }
}

}  // namespace usher::context
