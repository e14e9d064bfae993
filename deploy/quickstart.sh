#!/usr/bin/env bash
# From a fresh clone to a synced cluster, and a tour of what gitopsctl does: builds it, starts a sandbox cluster, turns
# a platform of deploy/fleet into a Git repository and syncs that. May be run again and again; asks nothing, and needs no
# terminal. Every claim that it prints is checked, and the script fails at the first that does not hold.
#
#     deploy/quickstart.sh [PLATFORM]      glucosync unless told
set -Eeuo pipefail
trap 'printf "\n✗ Line %d failed: %s\n" "$LINENO" "$BASH_COMMAND" >&2' ERR

sources=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
: "${HOME:=$(getent passwd "$(id -u)" | cut -d: -f6)}"
export HOME
state=${XDG_STATE_HOME:-$HOME/.local/state}/gitopsctl/quickstart
platform=${1:-glucosync}
repository=$state/$platform
logs=$state/logs

# ---------------------------------------------------------------------------------------------- what the reader sees

if [[ -t 1 && -z ${NO_COLOR:-} && ${TERM:-dumb} != dumb ]]; then
    strong=$'\e[1m' quiet=$'\e[2m' good=$'\e[32m' bad=$'\e[31m' accent=$'\e[36m' plain=$'\e[0m'
else
    strong='' quiet='' good='' bad='' accent='' plain=''
fi

heading() { printf '\n%s%s%s\n' "$strong" "$1" "$plain"; }
note() { printf '  %s%s%s\n' "$quiet" "$1" "$plain"; }
fact() { printf '  %-12s %s\n' "$1" "$2"; }
passed() { printf '  %s✓%s %s\n' "$good" "$plain" "$1"; }
fail() {
    printf '\n%s✗ %s%s\n' "$bad" "$1" "$plain" >&2
    shift
    if (($#)); then printf '  %s\n' "$@" >&2; fi
    exit 1
}

# The end of a log, for whoever has to find out what went wrong.
show_log() {
    printf '\n%s' "$quiet" >&2
    tail -n 40 "$1" | sed 's/^/  │ /' >&2
    printf '%s' "$plain" >&2
}

elapsed() { if (($1 < 60)); then printf '%d s' "$1"; else printf '%d min %02d s' $(($1 / 60)) $(($1 % 60)); fi; }

# Shows a command as the reader would type it.
show() { printf '\n  %s$ %s%s\n' "$accent" "$*" "$plain"; }

# ---------------------------------------------------------------------------------------------------------- platform

# What the tour shows of the platform stands beside it.
[[ $platform =~ ^[a-z]+$ && -f $sources/deploy/fleet/$platform/quickstart.conf ]] \
    || fail "There is no platform $platform." "The platforms are $(cd "$sources/deploy/fleet" && printf '%s ' */quickstart.conf | sed 's,/quickstart.conf,,g')"
# shellcheck source=fleet/glucosync/quickstart.conf
source "$sources/deploy/fleet/$platform/quickstart.conf"

# ------------------------------------------------------------------------------------------------------------ stages

install_packages() {
    heading 'Packages'
    "$sources/deploy/packages.sh" | sed 's/^/  /'
    passed 'what gitopsctl is built against is installed'
}

# The command line, the plugins that come along, and the controller.
build_products() {
    local product
    for product in gitopsctl sealed-secrets drift-detector gitops-controller; do
        swift build --package-path "$sources" --configuration release --static-swift-stdlib --product "$product" || return
    done
}

build() {
    heading 'Build'
    command -v swift >/dev/null || fail 'There is no Swift toolchain.' 'Install Swift 6.3 from https://www.swift.org/install/linux'
    local log=$logs/build.log started=$SECONDS spoken=$SECONDS line step
    note 'the first build takes some minutes, the next ones seconds'
    if ! build_products 2>&1 | tee "$log" | while IFS= read -r line; do
        step=${line%%]*}
        [[ $step =~ ^\[[0-9]+/[0-9]+$ ]] || continue
        if [[ -t 1 ]]; then
            printf '\r\e[K  %s%s%s' "$quiet" "${step#[}" "$plain"
        elif ((SECONDS - spoken >= 60)); then
            spoken=$SECONDS
            note "${step#[} after $(elapsed $((SECONDS - started)))"
        fi
    done; then
        if [[ -t 1 ]]; then printf '\r\e[K'; fi
        show_log "$log"
        fail 'gitopsctl does not build.' "All of it: $log"
    fi
    if [[ -t 1 ]]; then printf '\r\e[K'; fi
    PATH=$(swift build --package-path "$sources" --configuration release --show-bin-path):$PATH
    export PATH
    passed "$(gitopsctl version | head -n 1), built in $(elapsed $((SECONDS - started)))"
}

start_sandbox() {
    heading 'Sandbox cluster'
    note 'a Kubernetes API server in memory: nothing runs there, and nothing can be broken'
    local log=$logs/sandbox.log
    if ! KUBECONFIG=$(gitopsctl sandbox start 2>"$log" 9>&-); then
        show_log "$log"
        fail 'The sandbox does not start.'
    fi
    [[ -s $KUBECONFIG ]] || fail 'The sandbox runs, but its kubeconfig is not there.' "$KUBECONFIG"
    export KUBECONFIG
    passed "$(cat "$log")"
    fact kubeconfig "$KUBECONFIG"
}

in_repository() { git -C "$repository" "$@"; }

commit() {
    in_repository add --all
    in_repository commit --quiet --message "$1" || fail "There is nothing to commit for: $1."
    fact commit "$(in_repository log -1 --format='%h  %s')"
}

# The tree as it stands in deploy/fleet becomes the newest commit. What somebody tried here meanwhile stays in the history.
make_repository() {
    heading 'Git repository'
    if [[ ! -d $repository/.git ]]; then
        git init --quiet --initial-branch=main "$repository"
    fi
    in_repository config commit.gpgsign false
    in_repository config core.hooksPath /dev/null
    in_repository config user.name >/dev/null || in_repository config user.name "$title platform"
    in_repository config user.email >/dev/null || in_repository config user.email "platform@$platform.example"
    if [[ -n $(in_repository status --porcelain) ]]; then commit 'Keep what was tried here'; fi
    in_repository checkout --quiet -B main
    find "$repository" -mindepth 1 -maxdepth 1 ! -name .git -exec rm -rf {} +
    cp -R "$sources/deploy/fleet/$platform/." "$repository"
    # What an earlier run sealed stays; seal_the_secrets makes new ones where the cluster does not open them.
    in_repository checkout --quiet HEAD -- "$sealed" 2>/dev/null || true
    if [[ -n $(in_repository status --porcelain) ]]; then
        commit "Deliver the $title platform"
    fi
    passed "$(in_repository ls-files | wc -l | tr -d ' ') files of bases, components and overlays"
    fact repository "$repository"
}

# The files of the repository that hold its sealed secrets, as Git is told of them.
sealed='overlays/*sealed-secrets.yaml'

# The cluster makes its own key, and the values are made here and now: a key in a repository would open everything that
# was ever sealed for it.
seal_the_secrets() {
    heading 'Secrets'
    note 'in Git for everybody to see, and open in the cluster only'
    local environment report log=$logs/seal.log
    if ! gitopsctl seal --fetch-cert >"$log" 2>&1; then
        gitopsctl seal rotate >"$log" 2>&1 || { show_log "$log"; fail 'The cluster gets no key.'; }
    fi
    passed 'the cluster has a key to open them'
    report=$(cd "$repository" && gitopsctl seal report overlays -o json) || true
    if [[ $report != *'"key"'* || $report == *'"failure"'* ]]; then
        for environment in "${environments[@]}"; do
            show ./secrets.sh "$environment"
            "$repository/secrets.sh" "$environment" || fail "The secrets of $environment are not sealed."
        done
        commit 'Seal the secrets for this cluster'
    fi
    if in_repository grep -qE '^kind: Secret$'; then fail 'There is a plain Secret in the repository.'; fi
    passed "$(in_repository grep -hE '^    [.A-Za-z_-]+: Ag' -- "$sealed" | wc -l | tr -d ' ') sealed values, and no plain Secret"
}

# Syncs an application before the reader's eyes, and keeps what the history recorded of it for `expect`. A revision may
# be named after the application, and options after that.
sync_application() {
    local name=$1 revision=${2:-HEAD} options=(${2:+--revision "$2"} "${@:3}")
    show gitopsctl sync "$name" "${options[@]}"
    (cd "$repository" && gitopsctl sync "$name" "${options[@]}") || fail "The sync of $name failed."
    gitopsctl history "$name" --limit 1 -o json >"$state/sync.json"
    grep -qF "\"$(in_repository rev-parse "$revision")\"" "$state/sync.json" \
        || fail "The last sync of $name in the history is not of the commit $revision." "It is in $state/sync.json"
}

# How many objects the last sync did something to: created, configured, unchanged, pruned or failed.
count() {
    local number
    number=$(grep -oE "\"$1\" *: *[0-9]+" "$state/sync.json" | head -n 1 | grep -oE '[0-9]+$') \
        || fail "The history does not say how many objects the last sync has $1." "It is in $state/sync.json"
    printf '%s' "$number"
}

# Holds the last sync to what it should have changed, as `created=0 configured=1`.
expect() {
    local claim=$1 wish number
    shift
    for wish in "$@"; do
        number=$(count "${wish%=*}")
        [[ $number == "${wish#*=}" ]] \
            || fail "Not so: $claim." "$number objects were ${wish%=*}, not ${wish#*=}; what the history recorded is in $state/sync.json"
    done
    passed "$claim"
}

first_sync() {
    heading 'First sync'
    note "the operators' kinds first, then the platform in its production overlay"
    sync_application "$platform-operators"
    expect 'the kinds are there' failed=0
    before_first_sync
    sync_application "$application"
    expect "created $(count created), configured $(count configured), pruned $(count pruned), unchanged $(count unchanged)" failed=0
}

second_sync() {
    heading 'Second sync'
    note 'Git and the cluster agree, so there is nothing to do'
    sync_application "$application"
    expect "nothing was changed" created=0 configured=0 pruned=0 failed=0
}

change_an_image() {
    heading 'A new image'
    sed -i "$image_edit" "$repository/$image_file"
    commit "$release"
    sync_application "$application"
    expect 'exactly one object was changed' created=0 configured=1 pruned=0 failed=0
}

remove_a_file() {
    heading 'A removed file'
    rm "$repository/$removed_file"
    sed -i "/${removed_file##*/}/d" "$repository/${removed_file%/*}/kustomization.yaml"
    commit "$removal"
    sync_application "$application"
    expect 'exactly one object was pruned' created=0 configured=0 pruned=1 failed=0
}

rotate_the_key() {
    heading 'A new sealing key'
    note 'older keys stay, and open what was sealed with them'
    show gitopsctl seal rotate
    gitopsctl seal rotate >"$logs/seal.log" 2>&1 || { show_log "$logs/seal.log"; fail 'The cluster gets no new key.'; }
    show gitopsctl seal re-encrypt overlays
    (cd "$repository" && gitopsctl seal re-encrypt overlays >/dev/null) || fail 'The secrets are not sealed anew.'
    commit 'Seal the secrets anew'
    sync_application "$application"
    expect 'the same values under a new seal: nothing was changed' created=0 configured=0 pruned=0 failed=0
}

roll_back() {
    heading 'A rollback'
    note 'to the commit before these changes, whose secrets hang on the older key'
    local before
    before=$(in_repository log -1 --format=%h --grep="$release" HEAD)^
    sync_application "$application" "$(in_repository rev-parse --short "$before")"
    expect 'the image and the file are back, the secrets are as they were' created=1 configured=1 pruned=0 failed=0
    sync_application "$application"
    expect 'and forward again' created=0 configured=1 pruned=1 failed=0
}

let_the_controller_do_it() {
    heading 'The controller'
    note 'the same, and nobody has to ask; a sandbox runs no containers, so here it runs beside it'
    local log=$logs/controller.log controller tour=$repository/tour
    show gitopsctl install
    gitopsctl install >"$log" 2>&1 || { show_log "$log"; fail 'The controller is not installed.'; }
    gitops-controller --kubeconfig "$KUBECONFIG" --listen 127.0.0.1:0 --allow-private-addresses >"$log" 2>&1 9>&- &
    controller=$!
    # shellcheck disable=SC2064
    trap "kill $controller 2>/dev/null || true" EXIT
    mkdir "$tour"
    printf '%s\n' 'configMapGenerator:' '- name: tour' '  literals: [greeting=hello]' >"$tour/kustomization.yaml"
    commit 'Something for the controller'
    if ! gitopsctl get tour >/dev/null 2>&1; then
        show gitopsctl create tour --repo "$repository" --path tour --dest-namespace default --automated --self-heal --interval 2s
        gitopsctl create tour -n gitops-system --repo "$repository" --path tour --dest-namespace default --automated --self-heal --interval 2s \
            >"$logs/create.log" 2>&1 || { show_log "$logs/create.log"; fail 'The Application is not created.'; }
    fi
    await_delivery "$log"
    passed 'an Application in the cluster is delivered'
    sed -i s/hello/welcome/ "$tour/kustomization.yaml"
    commit 'Another greeting'
    await_delivery "$log"
    passed 'and so is every commit'
    show gitopsctl tree tour
    gitopsctl tree tour
    kill "$controller"
    wait "$controller" || { show_log "$log"; fail 'The controller did not end in order.'; }
    trap - EXIT
}

# Waits until the Application of the tour is at the newest commit, and healthy.
await_delivery() {
    local head started=$SECONDS
    head=$(in_repository rev-parse HEAD)
    until gitopsctl get tour -o json | grep -qE "\"revision\" *: *\"$head\""; do
        ((SECONDS - started < 60)) || { show_log "$1"; fail 'The controller does not deliver the commit.'; }
        sleep 0.2
    done
    gitopsctl wait tour --timeout 60s >/dev/null 2>&1 || { show_log "$1"; fail 'What the controller delivered is not healthy.'; }
}

show_history() {
    heading 'History'
    show gitopsctl history "$application"
    (cd "$repository" && gitopsctl history "$application")
}

what_next() {
    heading 'What to try next'
    cat <<NEXT
  export PATH=$(dirname "$(command -v gitopsctl)"):\$PATH
  export KUBECONFIG=$KUBECONFIG
  cd $repository

  kubectl --kubeconfig $KUBECONFIG get all -A
  kubectl --kubeconfig $KUBECONFIG $drift

  gitopsctl diff $application   ${quiet}# what Git and the cluster say of it, and who said so${plain}
  gitopsctl sync $application   ${quiet}# and it is as Git says${plain}
  gitopsctl build $another   ${quiet}# what another environment renders to${plain}
  gitopsctl sandbox stop
NEXT
}

# ------------------------------------------------------------------------------------------------------------- tour

mkdir -p "$logs"
exec 9>"$state/lock"
flock --nonblock 9 || fail 'Another quickstart is running.' "Its state is in $state"

printf '%sgitopsctl: from a Git commit to a synced cluster%s\n' "$strong" "$plain"
install_packages
build
start_sandbox
make_repository
seal_the_secrets
first_sync
second_sync
change_an_image
remove_a_file
rotate_the_key
roll_back
let_the_controller_do_it
show_history
what_next
