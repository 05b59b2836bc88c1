-- What tests/e2e/editors.sh does in Neovim: opens main.c, waits for a diagnostic, goes to the
-- definition of printf, and writes what it saw to the file `seen`.
local seen = io.open("seen", "w")
local function say(...)
  seen:write(table.concat({ ... }, " "), "\n")
  seen:flush()
end

local function await(what, test)
  if not vim.wait(30000, test, 50) then
    say("never:", what)
    vim.cmd("cquit!")
  end
end

vim.cmd("edit main.c")
await("a client", function() return #vim.lsp.buf_get_clients(0) > 0 or next(vim.lsp.buf_get_clients(0)) ~= nil end)
await("a diagnostic", function() return #vim.diagnostic.get(0) > 0 end)
for _, diagnostic in ipairs(vim.diagnostic.get(0)) do
  say("diagnostic:", diagnostic.lnum + 1, diagnostic.message)
end

vim.fn.search("printf")
local answers
vim.lsp.buf_request_all(0, "textDocument/definition", vim.lsp.util.make_position_params(),
  function(all) answers = all end)
await("a definition", function() return answers ~= nil end)
for _, answer in pairs(answers) do
  for _, location in ipairs(answer.result or {}) do
    local uri = location.uri or location.targetUri
    say("definition:", vim.uri_to_fname(uri))
    vim.cmd("edit " .. vim.uri_to_fname(uri))
    local range = location.range or location.targetRange
    say("line:", vim.fn.getline(range.start.line + 1))
  end
end
seen:close()
vim.cmd("qall!")
