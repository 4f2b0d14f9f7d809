package realtime

// Scripts make each step of presence atomic. Every one can be repeated without harm, so a command whose answer was lost
// is simply sent again.

// scriptPresence applies changes to one presence channel and returns its version and the members afterwards.
//
//	KEYS  members (user → info), holders (user → number of nodes; "" → version), the users of this node
//	ARGV  the pub/sub channel, "1" to return the roster, the time for the envelope, then per change: "+" or "-",
//	      user, info, frame to publish
//
// The frame goes out in the same step as the change, so that subscribers see changes in the order in which they
// happened. Versions grow with every change; they begin at the time, so that they also grow over a loss of all data.
const scriptPresence = `
local version
local function publish(frame)
  if not version then
    local t = redis.call('TIME')
    local last = tonumber(redis.call('HGET', KEYS[2], '') or 0)
    version = string.format('%.0f', math.max(last + 1, t[1] * 1000000 + t[2]))
    redis.call('HSET', KEYS[2], '', version)
  end
  redis.call('PUBLISH', ARGV[1], ' ' .. ARGV[3] .. ' ' .. version .. '\n' .. frame)
end
for i = 4, #ARGV, 4 do
  local op, user, info, frame = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
  if op == '+' then
    if redis.call('SADD', KEYS[3], user) == 1 and redis.call('HINCRBY', KEYS[2], user, 1) == 1 then
      redis.call('HSET', KEYS[1], user, info)
      publish(frame)
    end
  elseif redis.call('SREM', KEYS[3], user) == 1 and redis.call('HINCRBY', KEYS[2], user, -1) <= 0 then
    redis.call('HDEL', KEYS[2], user)
    redis.call('HDEL', KEYS[1], user)
    publish(frame)
  end
end
if redis.call('EXISTS', KEYS[1]) == 0 then redis.call('DEL', KEYS[2]) end
if ARGV[2] ~= '1' then return {} end
local out = redis.call('HGETALL', KEYS[1])
table.insert(out, 1, redis.call('HGET', KEYS[2], '') or '0')
return out`

// scriptRoster publishes the roster of a presence channel, in order with the changes to it.
//
//	KEYS  members, holders
//	ARGV  the pub/sub channel, what to write before the roster
const scriptRoster = `
local out = redis.call('HGETALL', KEYS[1])
table.insert(out, 1, redis.call('HGET', KEYS[2], '') or '0')
redis.call('PUBLISH', ARGV[1], ARGV[2] .. cjson.encode(out))
return 1`

// scriptRegister adds a node to those that live. scriptBeat says that a node lives, condemns those unheard of, and
// returns first whether the node was alive in the eyes of the others, then the condemned. All time is the Redis
// server's.
//
//	KEYS  nodes (sorted by the last sign of life in milliseconds; 0 for the condemned)
//	ARGV  the node; scriptBeat: after how many milliseconds of silence a node is dead
const (
	scriptNow = `
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
`
	scriptRegister = scriptNow + `
redis.call('ZADD', KEYS[1], string.format('%.0f', now), ARGV[1])
return 1`
	scriptBeat = scriptNow + `
local last = redis.call('ZSCORE', KEYS[1], ARGV[1])
local alive = '0'
if last and tonumber(last) > 0 then
  redis.call('ZADD', KEYS[1], string.format('%.0f', now), ARGV[1])
  alive = '1'
end
for _, node in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '(0', string.format('%.0f', now - ARGV[2]))) do
  redis.call('ZADD', KEYS[1], 0, node)
end
local out = redis.call('ZRANGEBYSCORE', KEYS[1], 0, 0)
table.insert(out, 1, alive)
return out`
)
