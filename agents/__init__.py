"""Where AI coding agents leak: prompts, tool calls, tool output, transcripts. Hooks, installers, scrubbing."""
