-- One request sent over and over by wrk, as the environment says; prints what was counted as one line of JSON.
--   BENCH_METHOD, BENCH_PATH, BENCH_BODY; BENCH_HEADERS as "name: value" lines;
--   BENCH_FRESH: a number that no run before had, where each request is to be one nobody sent before; else empty.

local fresh = os.getenv("BENCH_FRESH") or ""
local threads, count, whole, head, tail = 0, 0, nil, nil, nil

function setup(thread)
    threads = threads + 1
    thread:set("own", threads)
end

function init()
    wrk.method = os.getenv("BENCH_METHOD")
    local body = os.getenv("BENCH_BODY") or ""
    if body ~= "" then
        wrk.body = body
    end
    for name, value in (os.getenv("BENCH_HEADERS") or ""):gmatch("([^\n]-): ([^\n]*)") do
        wrk.headers[name] = value
    end
    local path = os.getenv("BENCH_PATH")
    if fresh == "" then
        whole = wrk.format(nil, path)
    else
        local mark = "fresh=" .. fresh .. "-" .. own .. "-"
        local text = wrk.format(nil, path .. "?" .. mark)
        local _, last = text:find(mark, 1, true)
        head, tail = text:sub(1, last), text:sub(last + 1)
    end
end

function request()
    if whole then
        return whole
    end
    count = count + 1
    return head .. count .. tail
end

function done(summary, latency)
    local errors = summary.errors
    io.write(string.format(
        '{"requests": %d, "seconds": %.6f, "p50_ms": %.4f, "p99_ms": %.4f, "refused": %d, "failed": %d}\n',
        summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
        errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
