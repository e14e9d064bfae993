#!/usr/bin/env bash
# Runs the fuzz targets: each for a given number of seconds (600 unless told), one after the other, from the seeds in seeds/ and from
# what earlier runs found, kept in ${XDG_CACHE_HOME:-~/.cache}/gitopsctl/fuzz. An input that breaks something is kept in findings/.
#
#   Tests/Fuzz/run.sh [SECONDS] [TARGET...]      targets: yaml kustomization jsonpatch merge fieldpath
set -euo pipefail
cd "$(dirname "$0")"
seconds="${1:-600}"
shift || true
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=(yaml kustomization jsonpatch merge fieldpath)
cache="${XDG_CACHE_HOME:-$HOME/.cache}/gitopsctl/fuzz"

swift build -c release --scratch-path "$cache/build" --product Fuzz 2>&1 | tail -1
status=0
for target in "${targets[@]}"; do
    mkdir -p "$cache/corpus/$target" findings
    echo "== $target, $seconds s"
    # An input that takes a second, or two gigabytes, is a finding too.
    FUZZ_TARGET="$target" "$cache/build/release/Fuzz" \
        -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=4096 -artifact_prefix="findings/$target-" -print_final_stats=1 \
        "$cache/corpus/$target" "seeds/$target" 2>"$cache/$target.log" || { status=1; echo "   a finding: see findings/ and $cache/$target.log"; }
    grep -E 'stat::number_of_executed_units|stat::peak_rss_mb' "$cache/$target.log" || tail -5 "$cache/$target.log"
done
exit $status
