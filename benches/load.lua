-- What wrk sends: requests drawn at random from a file of `path` lines (GET) or `path<TAB>body` lines (POST).
-- Arguments: that file, the token, a name for this run that no other run has.

local threads = 0

function setup(thread)
  threads = threads + 1
  thread:set("number", threads)
end

function init(args)
  local file, token, run = args[1], args[2], args[3]
  wrk.headers["Authorization"] = "Bearer " .. token
  math.randomseed(number)
  requests, tails, sent = {}, {}, 0
  prefix = string.format("%s-%d-", run, number)
  for line in io.lines(file) do
    local path, body = line:match("^([^\t]+)\t(.*)$")
    if body then
      wrk.headers["Content-Type"] = "application/json"
      wrk.headers["Idempotency-Key"] = "KEY"
      -- Only the key differs from one request to the next, so that the load costs as little as it can.
      local head, tail = wrk.format("POST", path, nil, body):match("^(.*Idempotency%-Key: )KEY(.*)$")
      table.insert(requests, head)
      table.insert(tails, tail)
    else
      table.insert(requests, wrk.format("GET", line))
    end
  end
end

function request()
  local chosen = math.random(#requests)
  local tail = tails[chosen]
  if not tail then
    return requests[chosen]
  end
  sent = sent + 1
  return requests[chosen] .. prefix .. sent .. tail
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"answers": %d, "microseconds": %d, "errors": %d, "p50": %d, "p99": %d}\n',
    summary.requests, summary.duration,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    latency:percentile(50), latency:percentile(99)
  ))
end
