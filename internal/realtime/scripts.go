package realtime

// Scripts make each step of presence atomic. Every one can be repeated without harm, so a command whose answer was lost
// is simply sent again.

// scriptPresence applies changes to one presence channel and returns the members afterwards.
//
//	KEYS  members (user → info), holders (user → number of nodes), the users of this node
//	ARGV  the pub/sub channel, "1" to return the members, then per change: "+" or "-", user, info, message to publish
//
// The message goes out in the same step as the change, so that subscribers see changes in the order in which they happened.
const scriptPresence = `
for i = 3, #ARGV, 4 do
  local op, user, info, message = ARGV[i], ARGV[i + 1], ARGV[i + 2], ARGV[i + 3]
  if op == '+' then
    if redis.call('SADD', KEYS[3], user) == 1 and redis.call('HINCRBY', KEYS[2], user, 1) == 1 then
      redis.call('HSET', KEYS[1], user, info)
      redis.call('PUBLISH', ARGV[1], message)
    end
  elseif redis.call('SREM', KEYS[3], user) == 1 and redis.call('HINCRBY', KEYS[2], user, -1) <= 0 then
    redis.call('HDEL', KEYS[2], user)
    redis.call('HDEL', KEYS[1], user)
    redis.call('PUBLISH', ARGV[1], message)
  end
end
if ARGV[2] == '1' then return redis.call('HGETALL', KEYS[1]) end
return {}`

// scriptRoster publishes the members of a presence channel, in order with the changes to it.
//
//	KEYS  members
//	ARGV  the pub/sub channel, what to write before the members
const scriptRoster = `
redis.call('PUBLISH', ARGV[1], ARGV[2] .. cjson.encode(redis.call('HGETALL', KEYS[1])))
return 1`

// scriptRegister adds a node to those that live. scriptBeat says that a node lives, condemns those unheard of, and
// returns first whether the node was alive in the eyes of the others, then the condemned. All time is the Redis server's.
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
