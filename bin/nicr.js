#!/usr/bin/env node
// The command's entry: the compiled CLI (npm ci builds it into dist/).
import '../dist/cli/nicr.js'
