// SPDX-License-Identifier: Apache-2.0
#include "router/store/checkpoint_book.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace usher::store {

void CheckpointBook::Begin(std::vector<CheckpointNote> notes, CommitSeq oldest, const LogEnd& end,
                           Instant oldest_at) {
  notes_ = std::move(notes);
  // A log whose bytes nobody counted is as long as it is: a checkpoint is due at once.
  const bool counted = end.seq == 0 || end.bytes > 0;
  if (oldest <= 1 && counted) notes_.insert(notes_.begin(), CheckpointNote{});
  start_ = {oldest, notes_.empty() ? end.bytes : notes_.front().log_bytes, oldest_at};
  tried_ = {};
}

bool CheckpointBook::IsDue(const LogEnd& end) const {
  if (end.seq == 0) return false;
  const auto grown = [&](CommitSeq seq, std::uint64_t log_bytes, std::uint64_t size) {
    const std::uint64_t by_bytes =
        std::min<std::uint64_t>(std::max<std::uint64_t>(limits_.checkpoint_log_bytes, 2 * size),
                                limits_.log_bytes_kept / 2);
    return end.bytes >= log_bytes + by_bytes || end.seq >= seq + limits_.commits_kept / 2;
  };
  if (tried_.seq != 0 && !grown(tried_.seq, tried_.bytes, 0)) return false;
  if (notes_.empty()) return true;
  const CheckpointNote& last = notes_.back();
  return last.seq < end.seq && grown(last.seq, last.log_bytes, last.bytes);
}

void CheckpointBook::Add(const CheckpointNote& note) {
  notes_.push_back(note);
  tried_ = {};
}

void CheckpointBook::NoteFailure(const LogEnd& end) { tried_ = end; }

// Whether the log from `note` on is as long as it need be.
bool CheckpointBook::Covers(const CheckpointNote& note, const LogEnd& end) const {
  return end.seq >= note.seq + limits_.commits_kept ||
         end.bytes >= note.log_bytes + limits_.log_bytes_kept;
}

// Sooner where one failed already: the next may well fail too.
bool CheckpointBook::IsStarved(const LogEnd& end) const {
  const std::size_t times = tried_.seq != 0 ? 2 : 4;
  return notes_.size() <= 1 && (end.seq >= start_.seq + times * limits_.commits_kept ||
                                end.bytes >= start_.bytes + times * limits_.log_bytes_kept);
}

CheckpointBook::Cut CheckpointBook::FindCut(const LogEnd& end) const {
  std::size_t first = 0;
  while (first + 1 < notes_.size() && Covers(notes_[first + 1], end)) ++first;
  Cut cut;
  if (first > 0) {
    cut.start = {notes_[first].seq, notes_[first].log_bytes, notes_[first].at};
  } else if (IsStarved(end)) {
    cut.start = {std::midpoint(start_.seq, end.seq), std::midpoint(start_.bytes, end.bytes), {}};
  }
  for (const CheckpointNote& note : notes_) {
    if (note.seq != 0 && note.seq < cut.start.seq) cut.dropped.push_back(note.seq);
  }
  return cut;
}

CheckpointBook::Cut CheckpointBook::CutBefore(CommitSeq seq) const {
  Cut cut;
  for (const CheckpointNote& note : notes_) {
    if (note.seq >= seq) {
      cut.start = {note.seq, note.log_bytes, note.at};
      break;
    }
    if (note.seq != 0) cut.dropped.push_back(note.seq);
  }
  if (cut.start.seq == 0) cut.dropped.clear();
  return cut;
}

void CheckpointBook::Apply(const Cut& cut) {
  std::erase_if(notes_, [&](const CheckpointNote& note) { return note.seq < cut.start.seq; });
  if (cut.start.seq > start_.seq) start_ = cut.start;
}

HistoryFigures CheckpointBook::Figures(const LogEnd& end) const {
  HistoryFigures figures;
  if (end.seq == 0) return figures;
  figures.oldest = std::max<CommitSeq>(start_.seq, 1);
  figures.oldest_at = start_.at;
  figures.commits = end.seq - figures.oldest + 1;
  figures.log_bytes = end.bytes - std::min(start_.bytes, end.bytes);
  for (const CheckpointNote& note : notes_) {
    if (note.seq == 0) continue;
    ++figures.checkpoints;
    figures.checkpoint_bytes += note.bytes;
  }
  return figures;
}

}  // namespace usher::store
