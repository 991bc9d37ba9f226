"""The web site of the demonstration: a script `apache2` for /etc/init.d that serves one page with the
host's name, by nginx or apache2 where this machine has one, else by a few lines of Python."""
from cluster import which

EMBEDDED = '''
import http.server, os, socket
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        page = ("<h1>" + socket.gethostname() + "</h1>\\n").encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)
    def log_message(self, *_): pass
class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 512
server = Server(("", 80), Page)
open("/run/web.pid", "w").write(str(os.getpid()))
server.serve_forever()
'''
NGINX = '''user root;
worker_processes 1;
pid /run/web.pid;
error_log /run/web.error;
events {}
http {
    access_log off;
    client_body_temp_path /run/web-1; proxy_temp_path /run/web-2; fastcgi_temp_path /run/web-3;
    uwsgi_temp_path /run/web-4; scgi_temp_path /run/web-5;
    server { listen 80 backlog=512; root /run/web; }
}
'''
APACHE = '''ServerRoot /etc/apache2
ServerName localhost
PidFile /run/web.pid
User www-data
Group www-data
ErrorLog /run/web.error
{modules}
Listen 80
DocumentRoot /run/web
DirectoryIndex index.html
<Directory /run/web>
    Require all granted
</Directory>
'''
SCRIPT = '''#!/bin/sh
# Serves a page with this host's name.
alive() {{ [ -s /run/web.pid ] && kill -0 $(cat /run/web.pid) 2>/dev/null; }}
case $1 in
start)
    alive && exit 0
    mkdir -p /run/web; echo "<h1>$(uname -n)</h1>" >/run/web/index.html
    {command}
    tries=0
    while ! alive; do sleep 0.02; tries=$((tries + 1)); [ $tries -lt 250 ] || exit 1; done;;
stop)
    alive || exit 0
    kill $(cat /run/web.pid)
    while alive; do sleep 0.02; done;;
status) if alive; then echo "apache2 is running"; else echo "apache2 is not running"; exit 3; fi;;
esac
'''
MODULES = ('mpm_event', 'mpm_prefork', 'authz_core', 'dir')


def _apache_conf(host):
    found = host.shell('ls /usr/lib/apache2/modules').text.split()
    lines = [
        f'LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so'
        for name in MODULES
        if f'mod_{name}.so' in found
    ]
    if 'mod_mpm_event.so' in found:
        lines = [line for line in lines if 'prefork' not in line]
    return APACHE.format(modules='\n'.join(lines))


def _choices(host):
    """(name, file, text, command) from the best on."""
    if program := which('nginx'):
        yield 'nginx', '/etc/web.conf', NGINX, f'{program} -e /run/web.error -c /etc/web.conf'
    if program := which('apache2'):
        yield 'apache2', '/etc/web.conf', _apache_conf(host), f'{program} -f /etc/web.conf'
    start = 'setsid python3 -S -E /etc/web.py </dev/null >/run/web.error 2>&1 &'
    yield 'a small Python server', '/etc/web.py', EMBEDDED, start


def install(hosts):
    """Writes the script on all hosts; returns the name of the first web server that starts and stops on one
    of them."""
    for name, path, text, command in _choices(hosts[0]):
        for host in hosts:
            host.write(path, text)
            host.write('/etc/init.d/apache2', SCRIPT.format(command=command), 0o755)
        works = hosts[0].run('/etc/init.d/apache2', 'start', timeout=20).code == 0
        if hosts[0].run('/etc/init.d/apache2', 'stop', timeout=20).code == 0 and works:
            return name
    raise RuntimeError('no web server starts')
