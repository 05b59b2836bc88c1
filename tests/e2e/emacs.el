;;; What tests/e2e/emacs.sh does in Emacs, each a function; what it sees it prints.  -*- coding: utf-8; lexical-binding: t -*-

(require 'tramp)
(require 'seq)

(defun say (format &rest objects)
  (princ (concat (apply #'format format objects) "\n")))

(defun await (what test)
  "Wait until TEST returns something, half a minute at most."
  (with-timeout (30 (error "Never: %s" what))
    (while (not (funcall test)) (accept-process-output nil 0.05))))

(defun in-box (name)
  (format "/devbox:%s:%s" (getenv "BOX") name))

(defun edits-a-file ()
  (find-file (in-box "/tmp/there"))
  (say "was: %S" (buffer-string))
  (goto-char (point-max))
  (insert "zwei — ä\n")
  (set-buffer-file-coding-system 'utf-8-unix)
  (save-buffer)
  (say "modified: %S" (buffer-modified-p)))

(defun copies-bytes ()
  (copy-file (getenv "BYTES") (in-box "/tmp/bytes"))
  (copy-file (in-box "/tmp/bytes") (concat (getenv "BYTES") ".back")))

(defun lists-a-directory ()
  (say "names: %S" (directory-files (in-box "/tmp/directory")))
  (say "completed: %S" (sort (file-name-all-completions "o" (in-box "/tmp/directory/")) #'string<))
  (say "is there: %S %S" (file-exists-p (in-box "/tmp/directory/one"))
       (file-exists-p (in-box "/tmp/directory/none"))))

(defun runs-programs ()
  (let ((default-directory (in-box "/tmp/")))
    (with-temp-buffer
      (say "status: %S" (process-file "/bin/sh" nil t nil "-c" "hostname; cat /proc/1/comm; exit 7"))
      (say "process-file: %S" (buffer-string)))
    (say "shell-command: %S" (shell-command-to-string "pwd; tty; echo $TERM"))
    (say "pty: %S" (said-by (list "/bin/sh" "-c" "tty >/dev/null && hostname")))
    (let ((process-connection-type nil))
      (say "pipe: %S" (said-by (list "/bin/sh" "-c" "pwd; hostname"))))))

(defun runs-programs-directly ()
  "With the setting that spares TRAMP a shell for each program, where it can do that."
  (add-to-list 'tramp-connection-properties '("/devbox:" "direct-async-process" t))
  (let ((default-directory (in-box "/tmp/")))
    (say "directly: %S" (said-by (list "/bin/sh" "-c" "pwd; hostname; echo \"a  b\"")))))

(defun said-by (words)
  "What a process of WORDS says, where `default-directory' is."
  (let (process)
    (with-temp-buffer
      (setq process (apply #'start-file-process "test" (current-buffer) words))
      (set-process-sentinel process #'ignore)
      (await "the end of a process" (lambda () (not (process-live-p process))))
      (while (accept-process-output process 0.1))
      (string-trim (replace-regexp-in-string "\r" "" (buffer-string))))))

(defun completes-boxes ()
  (say "boxes: %S" (file-name-all-completions "" "/devbox:"))
  (let ((default-directory (in-box "/tmp/")))
    (say "from a box: %S" (file-name-all-completions "" "/devbox:"))))

(defun says-what-devbox-says ()
  "What TRAMP shows of it for half a minute, and keeps with a higher `tramp-verbose'."
  (setq tramp-verbose 6)
  (condition-case trouble (find-file "/devbox:nothing-of-that-name:/etc/passwd")
    (file-error (say "error: %s" (error-message-string trouble))))
  (with-current-buffer "*debug tramp/devbox nothing-of-that-name*"
    (goto-char (point-min))
    (when (re-search-forward "^devbox: .*" nil t) (say "%s" (match-string 0)))))

(defun diagnoses (name)
  "Visit NAME, have eglot start its server, and wait for a diagnostic."
  (require 'package)
  (package-initialize)
  (require 'eglot)
  (setq enable-local-variables :all)
  (find-file name)
  (call-interactively #'eglot)
  (say "server: %S" (process-command (jsonrpc--process (eglot-current-server))))
  (await "a diagnostic" #'flymake-diagnostics)
  (dolist (diagnostic (flymake-diagnostics))
    (say "diagnostic: %d %s" (line-number-at-pos (flymake-diagnostic-beg diagnostic))
         (flymake-diagnostic-text diagnostic)))
  (eglot-shutdown (eglot-current-server)))
