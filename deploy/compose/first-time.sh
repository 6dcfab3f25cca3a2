#!/bin/sh
# Makes what compose.yaml needs and git must not have: secrets, tokens of InfluxDB, boards. Run as root, once, in this
# folder, after .env is filled in and `coldchain pki` has made pki/ (README.md). Running it again makes only what is missing.
set -eu
cd "$(dirname "$0")"
umask 077
[ -f .env ] || { echo "copy env.example to .env and fill it in first / 请先填写 .env" >&2; exit 1; }
[ -d pki/issued ] || { echo "no pki/: make it with coldchain pki first, see README.md / 请先生成 pki" >&2; exit 1; }
[ "$(id -u)" -eq 0 ] || { echo "run this as root: each secret belongs to one container's user / 请以 root 运行" >&2; exit 1; }

# Users inside the images: they alone may read what is theirs.
postgres=999 influxdb=1000 app=10001 grafana=472 mosquitto=1883 nginx=101

put() { # NAME USER: standard input becomes secrets/NAME, unless it is there
    [ ! -s "secrets/$1" ] || { cat >/dev/null; return 0; }
    cat >"secrets/.$1.new"
    [ -s "secrets/.$1.new" ] || { echo "nothing came for secrets/$1: see above / 未取得 secrets/$1" >&2; exit 1; }
    chown "$2" "secrets/.$1.new" && chmod 0400 "secrets/.$1.new" && mv "secrets/.$1.new" "secrets/$1"
    echo "made / 已生成: secrets/$1"
}
fresh() { openssl rand -hex 24; }

fresh | put postgres_owner "$postgres"
put app_owner "$app" <secrets/postgres_owner
fresh | put postgres_coldchain "$postgres"
put app_store_password "$app" <secrets/postgres_coldchain
fresh | put influx_admin_password "$influxdb"
fresh | put influx_admin_token "$influxdb"
fresh | put grafana_admin_password "$grafana"
# Whom Grafana's own watchdog calls beside mail: an address of the house that needs nothing of ours. Write yours into it.
echo "http://127.0.0.1:9/nobody" | put grafana_watchdog_url "$grafana"
# Write the address of your watcher into it, then take the "# " from [heartbeat] in app/server.toml.
echo "none" | put app_heartbeat_url "$app"

install -d -o "$mosquitto" -m 0500 secrets/mosquitto
install -o "$mosquitto" -m 0400 pki/ca.crt pki/crl.pem pki/mosquitto-acl pki/issued/broker.crt pki/issued/broker.key secrets/mosquitto
install -d -o "$app" -m 0500 secrets/app-pki
install -o "$app" -m 0400 pki/ca.crt pki/centre.crt pki/centre.key secrets/app-pki
# nginx starts as root without root's right to read what is another's; its workers read htpasswd for each request.
install -d -o root -g "$nginx" -m 0750 secrets/nginx
for file in console.crt console.key grafana.crt grafana.key htpasswd; do
    [ -f "secrets/nginx/$file" ] || { echo "still missing / 尚缺: secrets/nginx/$file"; continue; }
    case "$file" in htpasswd) mode=0440 ;; *) mode=0400 ;; esac
    chown "root:$nginx" "secrets/nginx/$file" && chmod "$mode" "secrets/nginx/$file"
done

docker compose up --detach --wait influxdb
token() { # NAME USER FLAG: a token that can do just that with the one bucket
    [ ! -s "secrets/$1" ] || return 0
    bucket=$(docker compose exec -T influxdb sh -c \
        'influx bucket list --hide-headers --name coldchain --token "$(cat /run/secrets/influx_admin_token)"' | cut -f1)
    docker compose exec -T influxdb sh -c \
        "influx auth create --hide-headers --description $1 $3 $bucket --token \"\$(cat /run/secrets/influx_admin_token)\"" \
        | cut -f3 | put "$1" "$2"
}
token app_influx_token "$app" --write-bucket
token grafana_influx_token "$grafana" --read-bucket

docker compose build app
# As the image's own user and without a network: root in there could not write a folder that is another's, and the address
# of `app` is taken while it runs.
install -d -o "$app" -m 0755 grafana
docker run --rm --network none --volume "$PWD/grafana:/boards" --entrypoint coldchain \
    "$(sed -n 's/^ *image: \(coldchain:.*\)/\1/p' compose.yaml | head -n 1)" \
    grafana export /boards --sign-in token --influx-url http://influxdb:8086 --boards-path /var/lib/grafana/dashboards \
    --console-url https://coldchain.example.org
chmod -R a+rX grafana
echo "Next: docker compose up --detach / 下一步：docker compose up --detach"
