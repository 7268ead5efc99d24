"""The probe as a script, for the relay's own network: PowerShell without modules, and swaks. Neither sends a message.

Both print a transcript that :mod:`relaycheck.engine.transcript` reads.
"""

from __future__ import annotations

from collections.abc import Sequence

from relaycheck.engine.address_forms import Attempt
from relaycheck.engine.reach import Target
from relaycheck.engine.renderings.powershell import quoted
from relaycheck.engine.renderings.rendering import Note, Rendering

NEVER_SENDS = Note("Stops after RCPT and resets: no message is ever sent.")

POWERSHELL = r"""# Talks SMTP to one server and prints the conversation. Stops after RCPT TO: no message is sent.
$ErrorActionPreference = 'Stop'
$hostName = __HOST__
$port = __PORT__
$attempts = @(
__ATTEMPTS__
)
$found = [System.Net.Dns]::GetHostAddresses($hostName) | ForEach-Object { $_.ToString() }
Write-Output "# resolved $found"
$tcp = New-Object System.Net.Sockets.TcpClient
$tcp.ReceiveTimeout = 20000
$tcp.SendTimeout = 20000
$tcp.Connect($hostName, $port)
Write-Output "# target $hostName $($tcp.Client.RemoteEndPoint.Address) $port"
Write-Output "# local $($tcp.Client.LocalEndPoint.Address)"
$script:stream = $tcp.GetStream()
function Read-Reply {
    for ($count = 0; $count -lt 100; $count++) {
        $line = New-Object System.Text.StringBuilder
        while ($line.Length -lt 2000) {
            $byte = $script:stream.ReadByte()
            if ($byte -lt 0) { Write-Output '# ended closed'; return }
            if ($byte -eq 10) { break }
            if ($byte -ne 13) { [void]$line.Append([char]$byte) }
        }
        $text = $line.ToString()
        Write-Output "S: $text"
        if ($text -notmatch '^\d{3}-') { return }
    }
    Write-Output '# ended reply-too-long'
}
function Send-Line([string]$text) {
    Write-Output "C: $text"
    $bytes = [System.Text.Encoding]::ASCII.GetBytes("$text`r`n")
    $script:stream.Write($bytes, 0, $bytes.Length)
    Read-Reply
}
try {
    Read-Reply
    $greeting = @(Send-Line "EHLO $env:COMPUTERNAME")
    $greeting
    if ($greeting -match 'STARTTLS') {
        $ready = @(Send-Line 'STARTTLS')
        $ready
        if ("$ready" -match 'S: 220') {
            $accept = [System.Net.Security.RemoteCertificateValidationCallback] {
                param($sender, $certificate, $chain, $problems)
                $script:problems = $problems
                $true
            }
            $tls = New-Object System.Net.Security.SslStream($script:stream, $false, $accept)
            $tls.AuthenticateAsClient($hostName)
            Write-Output "# tls $($tls.SslProtocol)"
            Write-Output "# certificate-subject $($tls.RemoteCertificate.Subject)"
            Write-Output "# certificate-issuer $($tls.RemoteCertificate.Issuer)"
            Write-Output "# certificate-until $($tls.RemoteCertificate.GetExpirationDateString())"
            Write-Output "# certificate-problem $script:problems"
            $script:stream = $tls
            Send-Line "EHLO $env:COMPUTERNAME"
        }
    }
    foreach ($attempt in $attempts) {
        Write-Output "# attempt $($attempt[0])"
        Send-Line "MAIL FROM:<$($attempt[1])>"
        Send-Line "RCPT TO:$($attempt[2])"
        Send-Line 'RSET'
    }
    Send-Line 'QUIT'
} catch {
    Write-Output "# ended $($_.Exception.Message)"
} finally {
    $tcp.Close()
}
"""


def powershell_probe(target: Target, attempts: Sequence[Attempt]) -> Rendering:
    """The plain probe for Windows PowerShell 5.1 and later, without modules."""
    rows = [
        f"    @({quoted(attempt.name)}, {quoted(attempt.sender)}, {quoted(attempt.forward_path)})"
        for attempt in attempts
    ]
    # The comma keeps a single row an array of rows.
    listed = ",\n".join(rows) if len(rows) > 1 else f"    ,{rows[0].strip()}"
    script = (
        POWERSHELL.replace("__HOST__", quoted(target.host))
        .replace("__PORT__", str(target.port))
        .replace("__ATTEMPTS__", listed)
    )
    return Rendering(
        "probe-powershell", "Relay probe by PowerShell", "powershell", script, "Test-Relay.ps1", (NEVER_SENDS,)
    )


def shell_quoted(text: str) -> str:
    """``text`` as one word of a POSIX shell."""
    return "'" + text.replace("'", "'\\''") + "'"


def swaks_probe(target: Target, attempts: Sequence[Attempt]) -> Rendering:
    """The same probe as swaks commands, one per attempt; swaks quits after RCPT."""
    commands = [
        f"swaks --server {shell_quoted(target.host)} --port {target.port} --tls-optional --quit-after RCPT"
        f" --from {shell_quoted(attempt.sender or '<>')} --to {shell_quoted(attempt.recipient)}"
        for attempt in attempts
        if attempt.plain
    ]
    return Rendering("probe-swaks", "Relay probe by swaks", "shell", "\n".join(commands) + "\n", "", (NEVER_SENDS,))
