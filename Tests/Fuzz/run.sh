#!/usr/bin/env bash
# Runs the fuzz targets: each for a given number of seconds (600 unless told), one after the other. Inputs begin with the seeds in seeds/,
# with what earlier runs found, and with the recorded cases of ../../../shared (GITOPSCTL_SHARED) where they exist. What is found new, and an
# input that breaks something, is kept in ${XDG_CACHE_HOME:-~/.cache}/gitopsctl/fuzz: corpus/ and findings/.
#
#   Tests/Fuzz/run.sh [SECONDS] [TARGET...]      targets: yaml kustomization jsonpatch merge fieldpath webhook
set -euo pipefail
cd "$(dirname "$0")"
seconds="${1:-600}"
shift || true
targets=("$@")
[ ${#targets[@]} -gt 0 ] || targets=(yaml kustomization jsonpatch merge fieldpath webhook)
cache="${XDG_CACHE_HOME:-$HOME/.cache}/gitopsctl/fuzz"
recorded="${GITOPSCTL_SHARED:-../../../shared}/cases/kustomize"

swift build -c release --scratch-path "$cache/build" --product Fuzz 2>&1 | tail -1
status=0
mkdir -p "$cache/findings"
for target in "${targets[@]}"; do
    mkdir -p "$cache/corpus/$target"
    inputs=("$cache/corpus/$target" "seeds/$target")
    [ ! -d "$recorded" ] || [ "$target" = webhook ] || inputs+=("$recorded")
    echo "== $target, $seconds s"
    # An input that takes ten seconds, or two gigabytes, is a finding too.
    FUZZ_TARGET="$target" "$cache/build/release/Fuzz" \
        -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=4096 -dict=words.dict \
        -artifact_prefix="$cache/findings/$target-" -print_final_stats=1 "${inputs[@]}" 2>"$cache/$target.log" ||
        { status=1; echo "   a finding: see $cache/findings and $cache/$target.log"; }
    grep -E '(INITED|DONE) |stat::number_of_executed_units|stat::peak_rss_mb' "$cache/$target.log" || tail -5 "$cache/$target.log"
done
exit $status
