"""What the permissions of a role let its holder do: GET /security/roles/{id}/permissions (1.3-rev1 and later).

Permissions bear the names of the claims of the contract (1.3-rev2), sorted here by what their operations do. Where its
text and what a server lists differ, the list is right. A permission that stands nowhere here may be anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ...resource.grant import RIGHTS, Right, RoleRights

_NAMES: dict[Right, str] = {
    "destroy": "DeleteBackups DeleteRepositories DeleteScaleOutRepositories",
    "weaken": """
        ChangeHighAvailabilityCluster CreateGlobalVMExclusion DeleteADDomain DeleteDiscoveredEntities
        DeleteEncryptionPasswords DeleteEntraIDTenants DeleteHighAvailabilityCluster DeleteJobs DeleteKMServers
        DeleteManagedServers DeleteProtectionGroups DeleteProxies DeleteUnstructuredDataServers DisableJobs
        DisableProtectionGroups EnableRepositoryMaintenanceMode EnableRepositorySealedMode ImportJobs
        ImportRepositories ManageAgentBackups ManageBestPracticeCompliance ModifySecurityAnalyzerSchedule MoveBackup
        PerformHighAvailabilityClusterFailover PerformHighAvailabilityClusterSwitchover RemoveLicense
        RevokeCapacityLicense RevokeInstanceLicense RevokeSocketLicense StopJobs StopSessions SuperAdmin
        UpdateConfigBackupOptions UpdateDiscoveredEntities UpdateEmailSettings UpdateEncryptionPasswords
        UpdateEntraIDTenants UpdateEventForwardingSettings UpdateGeneralOptions UpdateHostAuthenticationSettings
        UpdateJobs UpdateKMServers UpdateManagedServers UpdateNotificationsSettings UpdateProtectionGroups
        UpdateProxies UpdateRansomwareDetectionEvent UpdateRepositories UpdateScaleOutRepositories
        UpdateTrafficRules UpdateUnstructuredDataServers
    """,
    "grant": """
        ChangeAclEffectiveAccess ChangeAclOwner CreateCustomRole CreateUser DeleteCustomRole DeleteUser ResetUserMfa
        UpdateCustomRole UpdateRepositoryAccessPermissions UpdateUser UpdateUsersSettings
    """,
    "secrets": """
        ChangeAccountPassword ChangeCloudCertificate ChangeCloudSecretKey ChangeLinuxPrivateKey
        ChangeLinuxRootPassword CreateCloudCredentials CreateComputerRecoveryToken CreateCredentials
        CreateDeploymentKit CreateEncryptionPasswords CreateKMServers DeleteCloudCredentials
        DeleteComputerRecoveryToken DeleteCredentials ExportCredentials ExportEncryptionPasswords ImportCredentials
        ImportEncryptionPasswords RestoreEntraIdTenantItem UpdateCloudCredentials UpdateComputerRecoveryToken
        UpdateCredentials ViewEncryptionPasswords
    """,
    "restore": """
        ChangeReplicaFailbackSwitchoverTime CopyUnstructuredDataFlrItem DownloadBackupMeta DownloadFlrItem
        ExportEntraIdTenantItem MigrateAzureIRMountedVMs MigrateIRMountedDisks
        MigrateIRMountedUnstructuredDataShares MigrateIRMountedVMs PerformRemoteBareMetalRecovery
        PerformVolumeRestore PublishBackupContent RestoreEntireBucket RestoreEntireFileShare
        RestoreEntraIdTenantItem RestoreEntraIdTenantItemAttributes RestoreFlrItem StartAzureIRSwitchover
        StartAzureVMInstantRecovery StartEntireVmRestore StartEntireVmRestoreCloudDirector
        StartEntraIDAuditLogRestore StartEntraIDTenantRestore StartEntraIDTenantRestoreFromCopy
        StartFCDInstantRecovery StartFlrRestore StartHvVMInstantRecovery StartUnstructuredDataFlrRestore
        StartUnstructuredDataInstantRecovery StartViVMInstantRecovery StartViVMSnapshotReplicaCommitFailback
        StartViVMSnapshotReplicaFailback StartViVMSnapshotReplicaFailover
        StartViVMSnapshotReplicaPermanentFailover StartViVMSnapshotReplicaPlannedFailover
        StartViVMSnapshotReplicaSwitchToProductionFailback StartViVMSnapshotReplicaUndoFailback
        StartViVMSnapshotReplicaUndoFailover SwitchIRMountedUnstructuredDataShares
    """,
}
BY_RIGHT: dict[Right, frozenset[str]] = {right: frozenset(text.split()) for right, text in _NAMES.items()}
HARMLESS = frozenset({
    "CreateJobs", "CreateSuspiciousActivityEvent", "DownloadConsoleComponents", "StartMalwareBackupScan",
    "UpdateConsoleClient",
})  # fmt: skip
_READS = re.compile("(View|Get)[A-Z]")
EVERYTHING = "SuperAdmin"


def rights(permissions: Iterable[str]) -> RoleRights | None:
    """What permissions give, each right with the ones that give it; None where nobody can say."""
    held = sorted(set(permissions))
    return None if EVERYTHING in held or strange(held) else by_right(held)


def strange(permissions: Iterable[str]) -> list[str]:
    """Those that nobody knows."""
    known = frozenset().union(*BY_RIGHT.values()) | HARMLESS
    return [name for name in permissions if name not in known and not _READS.match(name)]


def by_right(permissions: Iterable[str]) -> RoleRights:
    """Each right with the permissions that give it; those that nobody knows give none here."""
    held = sorted(set(permissions))
    given = {right: [name for name in held if name in BY_RIGHT.get(right, ())] for right in RIGHTS}
    return {right: ", ".join(names) for right, names in given.items() if names}


def rights_of_switches(manage_backups: bool, manage_restores: bool) -> RoleRights:
    """What the two switches of a custom role give by the contract and the guide, before a server listed permissions."""
    found: dict[Right, str] = {}
    if manage_backups:
        found = {
            "destroy_maybe": "manage_backups: its own jobs (guide); whether with their backups, its permissions tell",
            "weaken": "manage_backups: POST jobs/{id}/stop, sessions/{id}/stop, backups/{id}/moveTo",
            "secrets": "manage_backups: encryptionPasswords/{id}/verify",
        }
    if manage_restores:
        found["weaken"] = "; ".join(filter(None, [found.get("weaken"), "manage_restores: POST sessions/{id}/stop"]))
        own = "manage_restores: POST credentials, recoveryTokens, revealBitlockerRecoveryKey"
        found["secrets"] = "; ".join(filter(None, [found.get("secrets"), own]))
        found["restore"] = "manage_restores: restore/…, failover/…, failback/…, backupBrowser/flr/…, within its scopes"
    return found
