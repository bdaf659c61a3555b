#!lua name=usher_@USHER_FUNCTIONS_VERSION@
-- Every write to a domain goes through one of these. Each compares the fence, the pair of epoch
-- and router, for equality before it writes anything: a router that was deposed can change nothing,
-- however late its bytes arrive. What the keys hold is listed in keys.h.
--
-- Function names carry the version like the library's, for they share one space on the server and
-- routers of two versions may use it at once.

local function fence(lease, epoch, router)
  local held = redis.call('HMGET', lease, 'epoch', 'router', 'seq', 'hash', 'projected')
  if held[1] == epoch and held[2] == router then
    return held, nil
  end
  return nil, redis.error_reply('FENCED epoch ' .. (held[1] or 'none') .. ' of router ' ..
                                (held[2] or 'none') .. ' leads')
end

-- KEYS: lease, log. ARGV: epoch, router, number of the first commit, hash of the commit before it,
-- then hash and record of each. Appends what is not there yet and answers the last number. A commit
-- that is there with the same hash is a repetition and is passed over; one that does not continue
-- the log means that ours and theirs have parted.
local function commit(keys, args)
  local lease, log = keys[1], keys[2]
  local held, refusal = fence(lease, args[1], args[2])
  if refusal then return refusal end
  local last, hash = tonumber(held[3]), held[4]
  local seq, before = tonumber(args[3]), args[4]
  local appended = false
  for i = 5, #args, 2 do
    local id = string.format('%d-0', seq)
    if seq <= last then
      local there = redis.call('XRANGE', log, id, id)[1]
      if not there or there[2][2] ~= args[i] then
        return redis.error_reply('DIVERGED commit ' .. id .. ' is another')
      end
    elseif seq == last + 1 and hash == before then
      redis.call('XADD', log, id, 'h', args[i], 'c', args[i + 1])
      last, hash, appended = seq, args[i], true
    else
      return redis.error_reply('DIVERGED commit ' .. id .. ' does not follow ' .. last)
    end
    before = args[i]
    seq = seq + 1
  end
  if appended then
    redis.call('HSET', lease, 'seq', string.format('%d', last), 'hash', hash)
  end
  return last
end

-- What a projection may do to one key, with up to two arguments.
local write = {
  set = function(key, value) redis.call('SET', key, value) end,
  setpx = function(key, value, ms) redis.call('SET', key, value, 'PX', ms) end,
  del = function(key) redis.call('DEL', key) end,
  hset = function(key, field, value) redis.call('HSET', key, field, value) end,
  hdel = function(key, field) redis.call('HDEL', key, field) end,
  zadd = function(key, member) redis.call('ZADD', key, 0, member) end,
  zrem = function(key, member) redis.call('ZREM', key, member) end,
  sadd = function(key, member) redis.call('SADD', key, member) end,
  srem = function(key, member) redis.call('SREM', key, member) end,
  -- Of a restore only.
  rpush = function(key, value) redis.call('RPUSH', key, value) end,
  unlink = function(key) redis.call('UNLINK', key) end,
  xadd = function(key, id, entry)
    redis.call('XADD', key, id, 'h', string.sub(entry, 1, 16), 'c', string.sub(entry, 17))
  end,
}

-- KEYS: lease, then the key of each write. ARGV: epoch, router, watermark before, watermark after,
-- bytes of the log, then verb and two arguments of each write. Moves the watermark with the rows,
-- so that they are always the state at exactly one commit. A repetition finds the watermark moved
-- and does nothing.
local function project(keys, args)
  local lease = keys[1]
  local held, refusal = fence(lease, args[1], args[2])
  if refusal then return refusal end
  if held[5] == args[4] and args[3] ~= args[4] then return 'OK' end
  if held[5] ~= args[3] then
    return redis.error_reply('UNPROJECTED rows are at ' .. held[5] .. ', not at ' .. args[3])
  end
  if tonumber(args[4]) > tonumber(held[3]) then
    return redis.error_reply('UNPROJECTED commit ' .. args[4] .. ' is not in the log yet')
  end
  for i = 2, #keys do
    local arg = 6 + (i - 2) * 3
    write[args[arg]](keys[i], args[arg + 1], args[arg + 2])
  end
  redis.call('HSET', lease, 'projected', args[4], 'bytes', args[5])
  return 'OK'
end

-- KEYS: lease, alive. ARGV: how, epoch, router, milliseconds; for a take also the highest epoch
-- known elsewhere, the hash before the first commit, and 'seen' when this router knows that the
-- domain was here. Answers epoch, seq, hash, projected and the bytes of the log when the rows were
-- written.
--   take    a new epoch, unless another router's lease is alive
--   force   a new epoch, whoever leads
--   renew   the lease of the router that leads
--   resign  ends the lease and leaves nobody's fence in force
--   restore a new epoch for a restore: from now on the domain is half restored, and no router leads
--           it, until the restore says otherwise. Instead of the hash, ARGV names the restore.
--   restored  the domain is whole: ARGV after the milliseconds are seq, hash, projected and bytes
local function lead(keys, args)
  local lease, alive = keys[1], keys[2]
  local how, epoch, router, ms = args[1], args[2], args[3], args[4]
  if how == 'renew' or how == 'resign' or how == 'restored' then
    local _, refusal = fence(lease, epoch, router)
    if refusal then return refusal end
    if how == 'restored' then
      redis.call('HSET', lease, 'router', '', 'seq', args[5], 'hash', args[6],
                 'projected', args[7], 'bytes', args[8])
      redis.call('HDEL', lease, 'restoring')
      redis.call('DEL', alive)
    elseif how == 'renew' then
      redis.call('SET', alive, router, 'PX', ms)
    else
      redis.call('DEL', alive)
      redis.call('HSET', lease, 'router', '')
    end
    return 'OK'
  end
  local leader = redis.call('GET', alive)
  if how ~= 'force' and leader and leader ~= router then
    local left = redis.call('PTTL', alive)
    if left > tonumber(ms) then
      -- The clock here was set back since. Who leads renews it; who does not must not last.
      redis.call('SET', alive, leader, 'PX', ms)
    end
    return redis.error_reply('LED router ' .. leader .. ' leads for another ' .. left .. ' ms')
  end
  local held = redis.call('HMGET', lease, 'epoch', 'seq', 'hash', 'projected', 'bytes', 'restoring')
  if held[6] and how ~= 'restore' then
    return redis.error_reply('RESTORING the restore of ' .. held[6] .. ' has not ended')
  end
  if args[7] == 'seen' and not held[1] then
    return redis.error_reply('WIPED ' .. lease .. ' is gone')
  end
  epoch = string.format('%d', math.max(tonumber(held[1] or 0), tonumber(args[5])) + 1)
  if how == 'restore' then
    redis.call('HSET', lease, 'epoch', epoch, 'router', router, 'restoring', args[6])
    redis.call('SET', alive, router, 'PX', ms)
    return {epoch}
  end
  local seq, hash, projected = held[2] or '0', held[3] or args[6], held[4] or '0'
  redis.call('HSET', lease, 'epoch', epoch, 'router', router, 'seq', seq, 'hash', hash,
             'projected', projected)
  redis.call('SET', alive, router, 'PX', ms)
  return {epoch, seq, hash, projected, held[5] or '0'}
end

-- KEYS: lease, checkpoints, the copy, then the key of each row. ARGV: epoch, router, number of the
-- checkpoint, rows that it holds already, bytes to copy at most, the note that completes it or '',
-- then for each row its field in a hash, or ''. Appends rows to the copy, as they are, and answers
-- how many and how many bytes; the caller goes on with the next. The rows must stand at the
-- checkpoint's commit throughout. With no rows there yet, it begins anew.
local function checkpoint(keys, args)
  local lease, checkpoints, copy = keys[1], keys[2], keys[3]
  local held, refusal = fence(lease, args[1], args[2])
  if refusal then return refusal end
  local seq, there, bytes_max, note = args[3], tonumber(args[4]), tonumber(args[5]), args[6]
  if held[5] ~= seq then
    return redis.error_reply('UNCOPIED rows are at ' .. held[5] .. ', not at ' .. seq)
  end
  if there == 0 then
    redis.call('UNLINK', copy)
    redis.call('HSET', checkpoints, seq, '')
  elseif redis.call('LLEN', copy) ~= there then
    return redis.error_reply('UNCOPIED checkpoint ' .. seq .. ' does not hold ' .. there .. ' rows')
  end
  local rows, bytes = {}, 0
  for i = 4, #keys do
    if bytes >= bytes_max then break end
    local field = args[i + 3]
    local row
    if field == '' then
      row = redis.call('GET', keys[i])
    else
      row = redis.call('HGET', keys[i], field)
    end
    if not row then
      return redis.error_reply('UNCOPIED ' .. keys[i] .. ' ' .. field .. ' is missing')
    end
    rows[#rows + 1] = row
    bytes = bytes + #row
  end
  if #rows > 0 then redis.call('RPUSH', copy, unpack(rows)) end
  if note ~= '' then redis.call('HSET', checkpoints, seq, note) end
  return {#rows, bytes}
end

-- KEYS: lease, log, checkpoints, then the copy of each checkpoint to drop. ARGV: epoch, router,
-- number of the oldest commit to keep (0: all), then the number of each checkpoint. The log is cut
-- neither beyond the watermark nor behind a checkpoint that stays. Whole nodes of the stream are
-- freed, so some older commits stay. With '=' before the oldest to keep, nothing older stays: a node
-- that is cut in two keeps the bytes of what went, so what stays is written anew; it is what came
-- while the checkpoint was made. Answers how many went.
local function trim(keys, args)
  local held, refusal = fence(keys[1], args[1], args[2])
  if refusal then return refusal end
  local exactly, oldest = string.match(args[3], '^(=?)(%d+)$')
  local keep_from = tonumber(oldest)
  if keep_from > tonumber(held[5]) then
    return redis.error_reply('UNPROJECTED commit ' .. oldest .. ' is still needed')
  end
  for i = 4, #keys do
    redis.call('UNLINK', keys[i])
    redis.call('HDEL', keys[3], args[i])
  end
  for _, seq in ipairs(redis.call('HKEYS', keys[3])) do
    if tonumber(seq) < keep_from then
      return redis.error_reply('UNPROJECTED checkpoint ' .. seq .. ' needs what follows it')
    end
  end
  if keep_from == 0 then return 0 end
  if exactly == '' then return redis.call('XTRIM', keys[2], 'MINID', '~', oldest .. '-0') end
  local went = redis.call('XTRIM', keys[2], 'MINID', '=', oldest .. '-0')
  local stays = redis.call('XRANGE', keys[2], '-', '+')
  redis.call('DEL', keys[2])
  for _, entry in ipairs(stays) do redis.call('XADD', keys[2], entry[1], unpack(entry[2])) end
  return went
end

-- KEYS: lease, alive, then the key of each write. ARGV: epoch, router, milliseconds, then verb and two
-- arguments of each write. Writes parts of a domain that is being restored, and renews its lease.
local function restore(keys, args)
  local lease, alive = keys[1], keys[2]
  local _, refusal = fence(lease, args[1], args[2])
  if refusal then return refusal end
  if not redis.call('HGET', lease, 'restoring') then
    return redis.error_reply('FENCED no restore is under way')
  end
  redis.call('SET', alive, args[2], 'PX', args[3])
  for i = 3, #keys do
    local arg = 4 + (i - 3) * 3
    write[args[arg]](keys[i], args[arg + 1], args[arg + 2])
  end
  return 'OK'
end

-- KEYS: lease, the row's key, parked. ARGV: epoch, router. Puts a damaged row where nobody loads
-- it, bytes unchanged. KEYS[2] may be a field of a hash: then ARGV[3] names it.
local function park(keys, args)
  local _, refusal = fence(keys[1], args[1], args[2])
  if refusal then return refusal end
  if args[3] then
    local bytes = redis.call('HGET', keys[2], args[3])
    if bytes then
      redis.call('HSET', keys[3], keys[2] .. '/' .. args[3], bytes)
      redis.call('HDEL', keys[2], args[3])
    end
  else
    local bytes = redis.call('GET', keys[2])
    if bytes then
      redis.call('HSET', keys[3], keys[2], bytes)
      redis.call('DEL', keys[2])
    end
  end
  return 'OK'
end

local version = '_@USHER_FUNCTIONS_VERSION@'
-- What is history only waits until there is memory.
redis.register_function('usher_checkpoint' .. version, checkpoint)
redis.register_function('usher_restore' .. version, restore)
-- What is under way is finished when Redis has no memory left, too: who leads refuses what is new
-- long before (memory_gate.h).
redis.register_function{function_name = 'usher_commit' .. version, callback = commit,
                        flags = {'allow-oom'}}
redis.register_function{function_name = 'usher_project' .. version, callback = project,
                        flags = {'allow-oom'}}
redis.register_function{function_name = 'usher_lead' .. version, callback = lead,
                        flags = {'allow-oom'}}
redis.register_function{function_name = 'usher_trim' .. version, callback = trim,
                        flags = {'allow-oom'}}
redis.register_function{function_name = 'usher_park' .. version, callback = park,
                        flags = {'allow-oom'}}
