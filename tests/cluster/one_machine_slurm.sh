#!/usr/bin/env bash
# Slurm on this machine alone, without systemd and without accounting: munged, slurmctld and slurmd,
# with all of their files in one folder, but for /etc/slurm/slurm.conf: Snakemake's plugin takes
# SLURM_CONF and its like from the environment of a job. One that is there already is left alone.
#
#   one_machine_slurm.sh start FOLDER   returns when jobs can be submitted
#   one_machine_slurm.sh stop FOLDER    cancels its jobs, ends what start started
#
# As root (slurmd starts jobs under the names of users), with the distribution's packages: on Debian
# and Ubuntu slurmctld, slurmd, slurm-client, munge. Both commands can be given twice. CPUS and
# MEMORY_MB are what the machine offers, PORT the first of two that are free.
set -euo pipefail

what=${1:-} folder=${2:-}
case "$what" in start | stop) ;; *) sed -n '6,7s/^# *//p' "$0" >&2; exit 2 ;; esac
[ -n "$folder" ] || { echo "$0: a folder is needed" >&2; exit 2; }
daemons="munged slurmctld slurmd"
conf=/etc/slurm/slurm.conf
port=${PORT:-16817}
# nproc alone takes OMP_NUM_THREADS for the number of processors.
cpus=${CPUS:-$(env -u OMP_NUM_THREADS -u OMP_THREAD_LIMIT nproc)}
memory=${MEMORY_MB:-$(awk '/^MemTotal/ {print int($2 / 1024 * 0.8)}' /proc/meminfo)}
PATH=$PATH:/usr/sbin:/sbin

# Whether a process that start started still runs: the number may be another's by now.
alive() {
    local id
    id=$(cat "$folder/$1.pid" 2>/dev/null) && grep -qs "^$1" "/proc/$id/comm"
}

ours() { [ -f "$conf" ] && grep -qxF "StateSaveLocation=$folder/state" "$conf"; }

stop() {
    local id name
    if alive slurmctld; then
        timeout 20 scancel --quiet --partition=all || true
    fi
    for name in slurmd slurmctld munged; do
        if alive "$name"; then
            id=$(cat "$folder/$name.pid")
            kill "$id" || true
            for _ in $(seq 100); do alive "$name" || break; sleep 0.1; done
            if alive "$name"; then kill -9 "$id" || true; fi
        fi
        rm -f "$folder/$name.pid"
    done
    if ours; then rm -f "$conf"; fi
}

# Starts NAME with its own process number in FOLDER/NAME.pid, whoever called this may end.
run() {
    local name=$1
    shift
    setsid "$@" >>"$folder/$name.out" 2>&1 </dev/null &
    echo $! >"$folder/$name.pid"
}

configure() {
    local host
    host=$(hostname -s)
    mkdir -p "$folder/munge" "$folder/state" "$folder/spool" "$(dirname "$conf")"
    chmod 755 "$folder" "$folder/munge"
    # New at every start: jobs of a cluster that was stopped are not taken up again.
    (umask 077 && head -c 128 /dev/urandom >"$folder/munge/key")
    cat >"$conf" <<END
# Written by one_machine_slurm.sh, which also deletes it
ClusterName=one
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$port
SlurmdPort=$((port + 1))
SlurmUser=root
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket=$folder/munge/socket
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/state/slurmctld.pid
SlurmdPidFile=$folder/state/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SwitchType=switch/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=5,bf_interval=5
ReturnToService=2
MinJobAge=300
MaxArraySize=10001
NodeName=one NodeHostname=$host NodeAddr=127.0.0.1 CPUs=$cpus RealMemory=$memory State=UNKNOWN
PartitionName=all Nodes=one Default=YES MaxTime=INFINITE State=UP
END
}

wait_for() {
    local what=$1
    shift
    for _ in $(seq 150); do
        if "$@" >/dev/null 2>&1; then return; fi
        sleep 0.2
    done
    echo "$0: $what did not come up; its last lines:" >&2
    tail -n 20 "$folder"/*.out >&2
    stop
    exit 1
}

ready() { sinfo --noheader --format=%t 2>/dev/null | grep -qE '^(idle|mix|alloc)'; }

start() {
    local name up=0
    [ "$(id -u)" = 0 ] || { echo "$0: as root only: slurmd starts jobs under the names of users" >&2; exit 1; }
    for name in $daemons scontrol; do
        command -v "$name" >/dev/null ||
            { echo "$0: $name is not installed (packages slurmctld slurmd slurm-client munge)" >&2; exit 1; }
    done
    mkdir -p "$folder"
    folder=$(cd "$folder" && pwd)
    [ ! -e "$conf" ] || ours ||
        { echo "$0: $conf is there: this machine has a Slurm (another folder's is ended by stop):" \
            "$(grep -i '^StateSaveLocation' "$conf")" >&2; exit 1; }
    for name in $daemons; do if alive "$name"; then up=$((up + 1)); fi; done
    if [ "$up" = 3 ] && ready; then return; fi
    stop
    for name in state spool; do
        if [ -d "$folder/$name" ]; then find "$folder/$name" -mindepth 1 -delete; fi
    done
    configure
    run munged munged --foreground --force --num-threads=2 --socket="$folder/munge/socket" \
        --key-file="$folder/munge/key" --pid-file="$folder/munge/pid" \
        --log-file="$folder/munge/log" --seed-file="$folder/munge/seed"
    wait_for munged munge --no-input --socket="$folder/munge/socket"
    run slurmctld slurmctld -D
    run slurmd slurmd -D -N one
    wait_for "the node" ready
}

if [ -d "$folder" ]; then folder=$(cd "$folder" && pwd); fi
"$what"
