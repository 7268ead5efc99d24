"""The queue watch: a script for the relay that posts what waits in its folders and whether the virtual server runs."""

from __future__ import annotations

from relaycheck.engine.renderings.powershell import quoted
from relaycheck.engine.renderings.rendering import Note, Rendering

SCRIPT = r"""# Posts counts and ages of the mail folders and the virtual server's state; no mail, no file's content.
$ErrorActionPreference = 'SilentlyContinue'
$endpoint = __ENDPOINT__
$token = __TOKEN__
$server = [ADSI]'IIS://localhost/SMTPSVC/1'
$root = "$env:SystemDrive\Inetpub\mailroot"
function Read-Folder([string]$configured, [string]$usual) {
    $folder = if ($configured) { $configured } else { $usual }
    $count = 0
    $oldest = $null
    foreach ($file in [System.IO.Directory]::EnumerateFiles($folder)) {
        $count++
        $written = [System.IO.File]::GetLastWriteTimeUtc($file)
        if ($null -eq $oldest -or $written -lt $oldest) { $oldest = $written }
    }
    $age = if ($null -eq $oldest) { 0 } else { [int]([DateTime]::UtcNow - $oldest).TotalSeconds }
    @{ count = $count; oldest_seconds = $age; found = [System.IO.Directory]::Exists($folder) }
}
$report = @{
    format = 'onward-queue/1'
    queue = Read-Folder ([string]$server.QueueDirectory) "$root\Queue"
    badmail = Read-Folder ([string]$server.BadMailDirectory) "$root\Badmail"
    server_state = [int]$server.Properties['ServerState'].Value
    service_state = [string](Get-Service SMTPSVC).Status
    logging = [int]$server.Properties['LogType'].Value
}
[Net.ServicePointManager]::SecurityProtocol = [Net.SecurityProtocolType]::Tls12
$body = ConvertTo-Json $report -Depth 4
$headers = @{ Authorization = "Bearer $token" }
$request = @{ Uri = $endpoint; Method = 'Post'; Headers = $headers; Body = $body; ContentType = 'application/json' }
Invoke-RestMethod @request -TimeoutSec 30
"""
EVERY_FIVE_MINUTES = Note(
    "Run it every five minutes as SYSTEM: schtasks /Create /TN RelayQueue /SC MINUTE /MO 5 /RU SYSTEM"
    ' /TR "powershell -NoProfile -ExecutionPolicy Bypass -File C:\\Scripts\\Watch-Queue.ps1"'
)


def queue_watch(endpoint: str, token: str) -> Rendering:
    """The script for one relay. ``token`` is scoped to it; ``endpoint`` is an https address of this installation."""
    script = SCRIPT.replace("__ENDPOINT__", quoted(endpoint)).replace("__TOKEN__", quoted(token))
    title = "Queue watch for the relay"
    return Rendering("queue-watch", title, "powershell", script, "Watch-Queue.ps1", (EVERY_FIVE_MINUTES,))
