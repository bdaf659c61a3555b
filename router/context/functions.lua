#!lua name=usher_context_@USHER_CONTEXT_VERSION@
-- Redis functions of the shared customer context. Each touches the keys of one customer or one
-- conversation, which share a hash tag. Function names carry the hash of
-- this file, so that two versions may share a server.

-- KEYS: the conversation's messages (stream) and said (hash client id -> number)
-- ARGV: author key and client id ("" for none), the most messages, the message without its number
-- Answers {number, 1 when it had been said before}.
local function say(keys, args)
  local messages, said = keys[1], keys[2]
  if args[1] ~= '' then
    local before = redis.call('HGET', said, args[1])
    if before then return {tonumber(before), 1} end
  end
  local number = redis.call('XLEN', messages) + 1
  if number > tonumber(args[2]) then return redis.error_reply('FULL conversation') end
  redis.call('XADD', messages, number .. '-0', 'm', args[3])
  if args[1] ~= '' then
    redis.call('HSET', said, args[1], number)
    -- What is said when the contact is over goes with what was said before.
    local expires = redis.call('PEXPIRETIME', messages)
    if expires > 0 then redis.call('PEXPIREAT', said, expires) end
  end
  return {number, 0}
end

-- KEYS: the conversation's marks (hash) and messages
-- ARGV: side, delivered up to, read up to
-- Marks never go back. Answers {delivered, read, 1 when either moved}.
local function mark(keys, args)
  local moved = 0
  local out = {}
  for i, name in ipairs({'delivered', 'read'}) do
    local field = args[1] .. ':' .. name
    local before = tonumber(redis.call('HGET', keys[1], field) or '0')
    local wanted = tonumber(args[i + 1])
    if wanted > before then
      redis.call('HSET', keys[1], field, wanted)
      before = wanted
      moved = 1
    end
    out[i] = before
  end
  local expires = redis.call('PEXPIRETIME', keys[2])
  if moved == 1 and expires > 0 then redis.call('PEXPIREAT', keys[1], expires) end
  return {out[1], out[2], moved}
end

-- KEYS: the conversation's draft (hash: version, draft)
-- ARGV: the version that it was changed from, 0 for none; the draft, "" to remove it
-- Versions rise for as long as the contact is open, so that a draft that was removed and written
-- anew is not taken for the former. Answers {1, the version that stands now, 0 for none}, or {0, the
-- version that stands} when it is another.
local function draft(keys, args)
  local version = tonumber(redis.call('HGET', keys[1], 'version') or '0')
  local stands = redis.call('HGET', keys[1], 'draft') and version or 0
  if stands ~= tonumber(args[1]) then return {0, stands} end
  if args[2] ~= '' then
    redis.call('HSET', keys[1], 'version', version + 1, 'draft', args[2])
    return {1, version + 1}
  end
  if stands > 0 then redis.call('HDEL', keys[1], 'draft') end
  return {1, 0}
end

-- An agent's last contact of the customer has ended now, as far as it is known.
local function see(meta, agent, now)
  if agent == '' then return end
  local field = 'seen:' .. agent
  if now > tonumber(redis.call('HGET', meta, field) or '0') then
    redis.call('HSET', meta, field, string.format('%.0f', now))
  end
end

-- Of the agents who were seen last, 64 are kept, for 30 days.
local function forget_seen(meta, now)
  local all = redis.call('HGETALL', meta)
  local seen = {}
  for i = 1, #all, 2 do
    if string.sub(all[i], 1, 5) == 'seen:' then seen[#seen + 1] = {all[i], tonumber(all[i + 1])} end
  end
  table.sort(seen, function(a, b)
    if a[2] ~= b[2] then return a[2] > b[2] end
    return a[1] < b[1]
  end)
  for i, one in ipairs(seen) do
    if i > 64 or one[2] < now - 30 * 86400000 then redis.call('HDEL', meta, one[1]) end
  end
end

-- What the customer's meta says besides: who had which open contact, who had the last one, when it
-- came. `counts` is "1" for what a customer brings, "" for the company's own tasks.
local function learn(meta, kind, contact, agent, now, counts)
  local had = 'had:' .. contact
  if kind == 'opened' and counts == '1' then
    if now > tonumber(redis.call('HGET', meta, 'last_contact_at') or '0') then
      redis.call('HSET', meta, 'last_contact_at', string.format('%.0f', now))
    end
  elseif kind == 'assigned' then
    if counts == '1' then redis.call('HSET', meta, 'last_agent', agent) end
    local agents = redis.call('HGET', meta, had) or '\n'
    if not string.find(agents, '\n' .. agent .. '\n', 1, true) and #agents < 4096 then
      redis.call('HSET', meta, had, agents .. agent .. '\n')
    end
  elseif kind == 'transferred' then
    see(meta, agent, now)
  elseif kind == 'closed' then
    for one in string.gmatch(redis.call('HGET', meta, had) or '', '[^\n]+') do see(meta, one, now) end
    see(meta, agent, now)
    redis.call('HDEL', meta, had)
    forget_seen(meta, now)
  end
end

-- KEYS: the customer's timeline (stream) and meta (hash)
-- ARGV: of each entry its position in the event stream, as text that sorts; the entry; its kind,
--       contact, agent ("" for none), unix ms, and "1" when the customer brought the contact
-- An entry at or before the position that was fed last is known already. Each is kept with its
-- position, so that it can be shown that none is missing or doubled. Answers how many were new.
local function feed(keys, args)
  local fed = redis.call('HGET', keys[2], 'fed') or ''
  local added, opened = 0, 0
  for i = 1, #args, 7 do
    if args[i] > fed then
      redis.call('XADD', keys[1], '*', 'e', args[i + 1], 'p', args[i])
      fed = args[i]
      added = added + 1
      if args[i + 2] == 'opened' then opened = opened + 1 end
      learn(keys[2], args[i + 2], args[i + 3], args[i + 4], tonumber(args[i + 5]), args[i + 6])
    end
  end
  if added > 0 then redis.call('HSET', keys[2], 'fed', fed) end
  if opened > 0 then redis.call('HINCRBY', keys[2], 'contacts', opened) end
  return added
end

-- KEYS: the position of the domain's timelines. ARGV: the commit up to which all were fed
local function keep_fed(keys, args) return redis.call('SET', keys[1], args[1]) end

-- KEYS: the customer's timeline, meta, and notes (hash request id -> entry id)
-- ARGV: request id ("" for none), the entry
-- Answers {the entry's id, 1 when it had been written before}.
local function note(keys, args)
  if args[1] ~= '' then
    local before = redis.call('HGET', keys[3], args[1])
    if before then return {before, 1} end
  end
  local id = redis.call('XADD', keys[1], '*', 'e', args[2])
  if args[1] ~= '' then redis.call('HSET', keys[3], args[1], id) end
  return {id, 0}
end

-- KEYS: the customer's timeline, and outside (hash source/event id -> entry id)
-- ARGV: of each outside event its source/event id, and the entry ("" only looks whether it is there)
-- Answers of each {the entry's id ("" for none), 1 when it had been recorded before, and how it
-- stands then}.
local function record(keys, args)
  local out = {}
  for i = 1, #args, 2 do
    local before = redis.call('HGET', keys[2], args[i])
    if before then
      local found = redis.call('XRANGE', keys[1], before, before)
      out[#out + 1] = {before, 1, found[1] and found[1][2][2] or ''}
    elseif args[i + 1] == '' then
      out[#out + 1] = {'', 0, ''}
    else
      local id = redis.call('XADD', keys[1], '*', 'e', args[i + 1])
      redis.call('HSET', keys[2], args[i], id)
      out[#out + 1] = {id, 0, ''}
    end
  end
  return out
end

-- KEYS: the conversation's messages, said and marks
-- ARGV: the instant after which it is kept no longer, unix ms
-- Does the same when it is done twice. Answers how many keys there are.
local function expire(keys, args)
  local count = 0
  for _, key in ipairs(keys) do count = count + redis.call('PEXPIREAT', key, args[1]) end
  return count
end

-- KEYS: the customer's record, audit (stream), timeline (stream), requests (sorted set: request ->
--       unix ms) and releases (set of addresses)
-- ARGV: the record that the change is based on ("" for none yet); the new one ("" where it stays
--       and the request alone is kept); the change's id; the audit entry; the timeline's entry (""
--       for none); the request ("" for none); unix ms; how many addresses leave the record; these;
--       those that come
-- All of it or nothing. An address that left is in releases until its key is gone as well. Of the
-- requests the last 128 are kept, until a day after the last of them.
-- Answers {1, the timeline entry's id}; {0, ''} when the record is another by now; {2, the last
-- change's id} when the change's is not above it; {3, ''} when the request was carried out before.
local function replace(keys, args)
  local request = args[6]
  if request ~= '' and redis.call('ZSCORE', keys[4], request) then return {3, ''} end
  local before = redis.call('GET', keys[1]) or ''
  if before ~= args[1] then return {0, ''} end
  local entry = ''
  if args[2] ~= '' then
    local audited = redis.pcall('XADD', keys[2], args[3], 'a', args[4])
    if type(audited) == 'table' and audited['err'] then
      local last = redis.call('XREVRANGE', keys[2], '+', '-', 'COUNT', 1)
      if last[1] then return {2, last[1][1]} end
      return audited
    end
    redis.call('SET', keys[1], args[2])
    if args[5] ~= '' then entry = redis.call('XADD', keys[3], '*', 'e', args[5]) end
  end
  if request ~= '' then
    redis.call('ZADD', keys[4], args[7], request)
    redis.call('ZREMRANGEBYRANK', keys[4], 0, -129)
    redis.call('PEXPIRE', keys[4], 86400000)
  end
  local leaving = tonumber(args[8])
  for i = 9, #args do
    redis.call(i <= 8 + leaving and 'SADD' or 'SREM', keys[5], args[i])
  end
  return {1, entry}
end

-- KEYS: the key of an address. ARGV: the customer who has it; who gets it, "" for nobody
-- Answers 1, or 0 when somebody else has it.
local function pass_on(keys, args)
  if redis.call('GET', keys[1]) ~= args[1] then return 0 end
  if args[2] == '' then
    redis.call('DEL', keys[1])
  else
    redis.call('SET', keys[1], args[2])
  end
  return 1
end

-- KEYS: the customer's record and reads (stream)
-- ARGV: the read, the most to keep, the stream id before which none is kept, how long in ms
-- A record that is not there has no readers. Answers 1 when the read was written.
local function read(keys, args)
  if redis.call('EXISTS', keys[1]) == 0 then return 0 end
  redis.call('XADD', keys[2], 'MAXLEN', '~', args[2], '*', 'r', args[1])
  redis.call('XTRIM', keys[2], 'MINID', '~', args[3])
  redis.call('PEXPIRE', keys[2], args[4])
  return 1
end

-- KEYS: a case's record, its steps (stream) and its requests (hash request -> fingerprint)
-- ARGV: the record that the change is based on ("" for none yet), the new one, its version, the
--       step ("" where the case shows nothing new), request ("" for none), its fingerprint
-- Answers 1, or 0 when the record is another by now.
local function change_case(keys, args)
  local before = redis.call('GET', keys[1]) or ''
  if before ~= args[1] then return 0 end
  redis.call('SET', keys[1], args[2])
  if args[4] ~= '' then redis.call('XADD', keys[2], args[3] .. '-0', 's', args[4]) end
  if args[5] ~= '' then redis.call('HSET', keys[3], args[5], args[6]) end
  return 1
end

-- KEYS: the customer's timeline, told_cases (hash case -> position), cases and open_cases (zsets)
-- ARGV: the case, the instant of its opening, 1 when it is open, the version that is told; of each
--       entry its position in the case, as text that sorts, and the entry
-- An entry at or before the position that was told last is known already, and an older version
-- changes no list. Answers how many entries were new.
local function tell_case(keys, args)
  local told = redis.call('HGET', keys[2], args[1]) or ''
  local added = 0
  if args[4] < told then return 0 end
  for i = 5, #args, 2 do
    if args[i] > told then
      redis.call('XADD', keys[1], '*', 'e', args[i + 1], 'c', args[1] .. ':' .. args[i])
      told = args[i]
      added = added + 1
    end
  end
  if added > 0 then redis.call('HSET', keys[2], args[1], told) end
  redis.call('ZADD', keys[3], args[2], args[1])
  if args[3] == '1' then
    redis.call('ZADD', keys[4], args[2], args[1])
  else
    redis.call('ZREM', keys[4], args[1])
  end
  return added
end

-- KEYS: the domain's promises (zset case -> instant). ARGV: the case, now
-- The case is looked at now, whatever happens to who writes this. Answers the instant that holds.
local function watch_case(keys, args)
  redis.call('ZADD', keys[1], 'LT', args[2], args[1])
  return redis.call('ZSCORE', keys[1], args[1])
end

-- KEYS: as above. ARGV: the case, the instant that held ("" for none), the next one ("" for none)
-- Leaves it where somebody else has asked to have the case looked at since. Answers 1 or 0.
local function leave_case(keys, args)
  if (redis.call('ZSCORE', keys[1], args[1]) or '') ~= args[2] then return 0 end
  if args[3] == '' then
    redis.call('ZREM', keys[1], args[1])
  else
    redis.call('ZADD', keys[1], args[3], args[1])
  end
  return 1
end

redis.register_function('usher_say_@USHER_CONTEXT_VERSION@', say)
redis.register_function('usher_draft_@USHER_CONTEXT_VERSION@', draft)
-- Contacts under way are finished when Redis has no memory left: their timelines, the marks, and
-- that somebody read what she needs for them.
redis.register_function{function_name = 'usher_read_@USHER_CONTEXT_VERSION@', callback = read,
                        flags = {'allow-oom'}}
redis.register_function{function_name = 'usher_mark_@USHER_CONTEXT_VERSION@', callback = mark,
                        flags = {'allow-oom'}}
redis.register_function{function_name = 'usher_feed_@USHER_CONTEXT_VERSION@', callback = feed,
                        flags = {'allow-oom'}}
redis.register_function{function_name = 'usher_fed_@USHER_CONTEXT_VERSION@', callback = keep_fed,
                        flags = {'allow-oom'}}
redis.register_function('usher_note_@USHER_CONTEXT_VERSION@', note)
redis.register_function('usher_record_@USHER_CONTEXT_VERSION@', record)
redis.register_function{function_name = 'usher_expire_@USHER_CONTEXT_VERSION@', callback = expire,
                        flags = {'allow-oom'}}
redis.register_function('usher_replace_@USHER_CONTEXT_VERSION@', replace)
redis.register_function('usher_pass_on_@USHER_CONTEXT_VERSION@', pass_on)
-- What was promised is watched when Redis has no memory left too; cases are not opened then.
redis.register_function{function_name = 'usher_change_case_@USHER_CONTEXT_VERSION@',
                        callback = change_case, flags = {'allow-oom'}}
redis.register_function{function_name = 'usher_tell_case_@USHER_CONTEXT_VERSION@',
                        callback = tell_case, flags = {'allow-oom'}}
redis.register_function{function_name = 'usher_watch_case_@USHER_CONTEXT_VERSION@',
                        callback = watch_case, flags = {'allow-oom'}}
redis.register_function{function_name = 'usher_leave_case_@USHER_CONTEXT_VERSION@',
                        callback = leave_case, flags = {'allow-oom'}}
