impl serde::Serialize for BinaryProperties {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.file.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("tetragon.BinaryProperties", len)?;
        if let Some(v) = self.file.as_ref() {
            struct_ser.serialize_field("file", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for BinaryProperties {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "file",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            File,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "file" => Ok(GeneratedField::File),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = BinaryProperties;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct tetragon.BinaryProperties")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<BinaryProperties, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut file__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::File => {
                            if file__.is_some() {
                                return Err(serde::de::Error::duplicate_field("file"));
                            }
                            file__ = map_.next_value()?;
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(BinaryProperties {
                    file: file__,
                })
            }
        }
        deserializer.deserialize_struct("tetragon.BinaryProperties", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for Capabilities {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.effective.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("tetragon.Capabilities", len)?;
        if !self.effective.is_empty() {
            let v = self.effective.iter().cloned().map(|v| {
                CapabilitiesType::try_from(v)
                    .map_err(|_| serde::ser::Error::custom(format!("Invalid variant {}", v)))
                }).collect::<std::result::Result<Vec<_>, _>>()?;
            struct_ser.serialize_field("effective", &v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for Capabilities {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "effective",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Effective,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "effective" => Ok(GeneratedField::Effective),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = Capabilities;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct tetragon.Capabilities")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<Capabilities, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut effective__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Effective => {
                            if effective__.is_some() {
                                return Err(serde::de::Error::duplicate_field("effective"));
                            }
                            effective__ = Some(map_.next_value::<Vec<CapabilitiesType>>()?.into_iter().map(|x| x as i32).collect());
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(Capabilities {
                    effective: effective__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("tetragon.Capabilities", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for CapabilitiesType {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        let variant = match self {
            Self::CapChown => "CAP_CHOWN",
            Self::DacOverride => "DAC_OVERRIDE",
            Self::CapDacReadSearch => "CAP_DAC_READ_SEARCH",
            Self::CapFowner => "CAP_FOWNER",
            Self::CapFsetid => "CAP_FSETID",
            Self::CapKill => "CAP_KILL",
            Self::CapSetgid => "CAP_SETGID",
            Self::CapSetuid => "CAP_SETUID",
            Self::CapSetpcap => "CAP_SETPCAP",
            Self::CapLinuxImmutable => "CAP_LINUX_IMMUTABLE",
            Self::CapNetBindService => "CAP_NET_BIND_SERVICE",
            Self::CapNetBroadcast => "CAP_NET_BROADCAST",
            Self::CapNetAdmin => "CAP_NET_ADMIN",
            Self::CapNetRaw => "CAP_NET_RAW",
            Self::CapIpcLock => "CAP_IPC_LOCK",
            Self::CapIpcOwner => "CAP_IPC_OWNER",
            Self::CapSysModule => "CAP_SYS_MODULE",
            Self::CapSysRawio => "CAP_SYS_RAWIO",
            Self::CapSysChroot => "CAP_SYS_CHROOT",
            Self::CapSysPtrace => "CAP_SYS_PTRACE",
            Self::CapSysPacct => "CAP_SYS_PACCT",
            Self::CapSysAdmin => "CAP_SYS_ADMIN",
            Self::CapSysBoot => "CAP_SYS_BOOT",
            Self::CapSysNice => "CAP_SYS_NICE",
            Self::CapSysResource => "CAP_SYS_RESOURCE",
            Self::CapSysTime => "CAP_SYS_TIME",
            Self::CapSysTtyConfig => "CAP_SYS_TTY_CONFIG",
            Self::CapMknod => "CAP_MKNOD",
            Self::CapLease => "CAP_LEASE",
            Self::CapAuditWrite => "CAP_AUDIT_WRITE",
            Self::CapAuditControl => "CAP_AUDIT_CONTROL",
            Self::CapSetfcap => "CAP_SETFCAP",
            Self::CapMacOverride => "CAP_MAC_OVERRIDE",
            Self::CapMacAdmin => "CAP_MAC_ADMIN",
            Self::CapSyslog => "CAP_SYSLOG",
            Self::CapWakeAlarm => "CAP_WAKE_ALARM",
            Self::CapBlockSuspend => "CAP_BLOCK_SUSPEND",
            Self::CapAuditRead => "CAP_AUDIT_READ",
            Self::CapPerfmon => "CAP_PERFMON",
            Self::CapBpf => "CAP_BPF",
            Self::CapCheckpointRestore => "CAP_CHECKPOINT_RESTORE",
        };
        serializer.serialize_str(variant)
    }
}
impl<'de> serde::Deserialize<'de> for CapabilitiesType {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "CAP_CHOWN",
            "DAC_OVERRIDE",
            "CAP_DAC_READ_SEARCH",
            "CAP_FOWNER",
            "CAP_FSETID",
            "CAP_KILL",
            "CAP_SETGID",
            "CAP_SETUID",
            "CAP_SETPCAP",
            "CAP_LINUX_IMMUTABLE",
            "CAP_NET_BIND_SERVICE",
            "CAP_NET_BROADCAST",
            "CAP_NET_ADMIN",
            "CAP_NET_RAW",
            "CAP_IPC_LOCK",
            "CAP_IPC_OWNER",
            "CAP_SYS_MODULE",
            "CAP_SYS_RAWIO",
            "CAP_SYS_CHROOT",
            "CAP_SYS_PTRACE",
            "CAP_SYS_PACCT",
            "CAP_SYS_ADMIN",
            "CAP_SYS_BOOT",
            "CAP_SYS_NICE",
            "CAP_SYS_RESOURCE",
            "CAP_SYS_TIME",
            "CAP_SYS_TTY_CONFIG",
            "CAP_MKNOD",
            "CAP_LEASE",
            "CAP_AUDIT_WRITE",
            "CAP_AUDIT_CONTROL",
            "CAP_SETFCAP",
            "CAP_MAC_OVERRIDE",
            "CAP_MAC_ADMIN",
            "CAP_SYSLOG",
            "CAP_WAKE_ALARM",
            "CAP_BLOCK_SUSPEND",
            "CAP_AUDIT_READ",
            "CAP_PERFMON",
            "CAP_BPF",
            "CAP_CHECKPOINT_RESTORE",
        ];

        struct GeneratedVisitor;

        impl serde::de::Visitor<'_> for GeneratedVisitor {
            type Value = CapabilitiesType;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(formatter, "expected one of: {:?}", &FIELDS)
            }

            fn visit_i64<E>(self, v: i64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok().or_else(|| Some(CapabilitiesType::default())))
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Signed(v), &self)
                    })
            }

            fn visit_u64<E>(self, v: u64) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                i32::try_from(v)
                    .ok()
                    .and_then(|x| x.try_into().ok().or_else(|| Some(CapabilitiesType::default())))
                    .ok_or_else(|| {
                        serde::de::Error::invalid_value(serde::de::Unexpected::Unsigned(v), &self)
                    })
            }

            fn visit_str<E>(self, value: &str) -> std::result::Result<Self::Value, E>
            where
                E: serde::de::Error,
            {
                match value {
                    "CAP_CHOWN" => Ok(CapabilitiesType::CapChown),
                    "DAC_OVERRIDE" => Ok(CapabilitiesType::DacOverride),
                    "CAP_DAC_READ_SEARCH" => Ok(CapabilitiesType::CapDacReadSearch),
                    "CAP_FOWNER" => Ok(CapabilitiesType::CapFowner),
                    "CAP_FSETID" => Ok(CapabilitiesType::CapFsetid),
                    "CAP_KILL" => Ok(CapabilitiesType::CapKill),
                    "CAP_SETGID" => Ok(CapabilitiesType::CapSetgid),
                    "CAP_SETUID" => Ok(CapabilitiesType::CapSetuid),
                    "CAP_SETPCAP" => Ok(CapabilitiesType::CapSetpcap),
                    "CAP_LINUX_IMMUTABLE" => Ok(CapabilitiesType::CapLinuxImmutable),
                    "CAP_NET_BIND_SERVICE" => Ok(CapabilitiesType::CapNetBindService),
                    "CAP_NET_BROADCAST" => Ok(CapabilitiesType::CapNetBroadcast),
                    "CAP_NET_ADMIN" => Ok(CapabilitiesType::CapNetAdmin),
                    "CAP_NET_RAW" => Ok(CapabilitiesType::CapNetRaw),
                    "CAP_IPC_LOCK" => Ok(CapabilitiesType::CapIpcLock),
                    "CAP_IPC_OWNER" => Ok(CapabilitiesType::CapIpcOwner),
                    "CAP_SYS_MODULE" => Ok(CapabilitiesType::CapSysModule),
                    "CAP_SYS_RAWIO" => Ok(CapabilitiesType::CapSysRawio),
                    "CAP_SYS_CHROOT" => Ok(CapabilitiesType::CapSysChroot),
                    "CAP_SYS_PTRACE" => Ok(CapabilitiesType::CapSysPtrace),
                    "CAP_SYS_PACCT" => Ok(CapabilitiesType::CapSysPacct),
                    "CAP_SYS_ADMIN" => Ok(CapabilitiesType::CapSysAdmin),
                    "CAP_SYS_BOOT" => Ok(CapabilitiesType::CapSysBoot),
                    "CAP_SYS_NICE" => Ok(CapabilitiesType::CapSysNice),
                    "CAP_SYS_RESOURCE" => Ok(CapabilitiesType::CapSysResource),
                    "CAP_SYS_TIME" => Ok(CapabilitiesType::CapSysTime),
                    "CAP_SYS_TTY_CONFIG" => Ok(CapabilitiesType::CapSysTtyConfig),
                    "CAP_MKNOD" => Ok(CapabilitiesType::CapMknod),
                    "CAP_LEASE" => Ok(CapabilitiesType::CapLease),
                    "CAP_AUDIT_WRITE" => Ok(CapabilitiesType::CapAuditWrite),
                    "CAP_AUDIT_CONTROL" => Ok(CapabilitiesType::CapAuditControl),
                    "CAP_SETFCAP" => Ok(CapabilitiesType::CapSetfcap),
                    "CAP_MAC_OVERRIDE" => Ok(CapabilitiesType::CapMacOverride),
                    "CAP_MAC_ADMIN" => Ok(CapabilitiesType::CapMacAdmin),
                    "CAP_SYSLOG" => Ok(CapabilitiesType::CapSyslog),
                    "CAP_WAKE_ALARM" => Ok(CapabilitiesType::CapWakeAlarm),
                    "CAP_BLOCK_SUSPEND" => Ok(CapabilitiesType::CapBlockSuspend),
                    "CAP_AUDIT_READ" => Ok(CapabilitiesType::CapAuditRead),
                    "CAP_PERFMON" => Ok(CapabilitiesType::CapPerfmon),
                    "CAP_BPF" => Ok(CapabilitiesType::CapBpf),
                    "CAP_CHECKPOINT_RESTORE" => Ok(CapabilitiesType::CapCheckpointRestore),
                    _ => Ok(CapabilitiesType::default()),
                }
            }
        }
        deserializer.deserialize_any(GeneratedVisitor)
    }
}
impl serde::Serialize for Container {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.id.is_empty() {
            len += 1;
        }
        if !self.name.is_empty() {
            len += 1;
        }
        if self.image.is_some() {
            len += 1;
        }
        if self.start_time.is_some() {
            len += 1;
        }
        if self.pid.is_some() {
            len += 1;
        }
        if self.maybe_exec_probe {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("tetragon.Container", len)?;
        if !self.id.is_empty() {
            struct_ser.serialize_field("id", &self.id)?;
        }
        if !self.name.is_empty() {
            struct_ser.serialize_field("name", &self.name)?;
        }
        if let Some(v) = self.image.as_ref() {
            struct_ser.serialize_field("image", v)?;
        }
        if let Some(v) = self.start_time.as_ref() {
            struct_ser.serialize_field("startTime", v)?;
        }
        if let Some(v) = self.pid.as_ref() {
            struct_ser.serialize_field("pid", v)?;
        }
        if self.maybe_exec_probe {
            struct_ser.serialize_field("maybeExecProbe", &self.maybe_exec_probe)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for Container {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "id",
            "name",
            "image",
            "start_time",
            "startTime",
            "pid",
            "maybe_exec_probe",
            "maybeExecProbe",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Id,
            Name,
            Image,
            StartTime,
            Pid,
            MaybeExecProbe,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "id" => Ok(GeneratedField::Id),
                            "name" => Ok(GeneratedField::Name),
                            "image" => Ok(GeneratedField::Image),
                            "startTime" | "start_time" => Ok(GeneratedField::StartTime),
                            "pid" => Ok(GeneratedField::Pid),
                            "maybeExecProbe" | "maybe_exec_probe" => Ok(GeneratedField::MaybeExecProbe),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = Container;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct tetragon.Container")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<Container, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut id__ = None;
                let mut name__ = None;
                let mut image__ = None;
                let mut start_time__ = None;
                let mut pid__ = None;
                let mut maybe_exec_probe__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Id => {
                            if id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("id"));
                            }
                            id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Name => {
                            if name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("name"));
                            }
                            name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Image => {
                            if image__.is_some() {
                                return Err(serde::de::Error::duplicate_field("image"));
                            }
                            image__ = map_.next_value()?;
                        }
                        GeneratedField::StartTime => {
                            if start_time__.is_some() {
                                return Err(serde::de::Error::duplicate_field("startTime"));
                            }
                            start_time__ = map_.next_value()?;
                        }
                        GeneratedField::Pid => {
                            if pid__.is_some() {
                                return Err(serde::de::Error::duplicate_field("pid"));
                            }
                            pid__ = map_.next_value()?;
                        }
                        GeneratedField::MaybeExecProbe => {
                            if maybe_exec_probe__.is_some() {
                                return Err(serde::de::Error::duplicate_field("maybeExecProbe"));
                            }
                            maybe_exec_probe__ = Some(map_.next_value()?);
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(Container {
                    id: id__.unwrap_or_default(),
                    name: name__.unwrap_or_default(),
                    image: image__,
                    start_time: start_time__,
                    pid: pid__,
                    maybe_exec_probe: maybe_exec_probe__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("tetragon.Container", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for FileProperties {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.inode.is_some() {
            len += 1;
        }
        if !self.path.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("tetragon.FileProperties", len)?;
        if let Some(v) = self.inode.as_ref() {
            struct_ser.serialize_field("inode", v)?;
        }
        if !self.path.is_empty() {
            struct_ser.serialize_field("path", &self.path)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for FileProperties {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "inode",
            "path",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Inode,
            Path,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "inode" => Ok(GeneratedField::Inode),
                            "path" => Ok(GeneratedField::Path),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = FileProperties;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct tetragon.FileProperties")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<FileProperties, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut inode__ = None;
                let mut path__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Inode => {
                            if inode__.is_some() {
                                return Err(serde::de::Error::duplicate_field("inode"));
                            }
                            inode__ = map_.next_value()?;
                        }
                        GeneratedField::Path => {
                            if path__.is_some() {
                                return Err(serde::de::Error::duplicate_field("path"));
                            }
                            path__ = Some(map_.next_value()?);
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(FileProperties {
                    inode: inode__,
                    path: path__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("tetragon.FileProperties", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for GetEventsRequest {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let len = 0;
        let struct_ser = serializer.serialize_struct("tetragon.GetEventsRequest", len)?;
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for GetEventsRequest {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                            Ok(GeneratedField::__SkipField__)
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = GetEventsRequest;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct tetragon.GetEventsRequest")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<GetEventsRequest, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                while map_.next_key::<GeneratedField>()?.is_some() {
                    let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                }
                Ok(GetEventsRequest {
                })
            }
        }
        deserializer.deserialize_struct("tetragon.GetEventsRequest", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for GetEventsResponse {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.time.is_some() {
            len += 1;
        }
        if self.event.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("tetragon.GetEventsResponse", len)?;
        if let Some(v) = self.time.as_ref() {
            struct_ser.serialize_field("time", v)?;
        }
        if let Some(v) = self.event.as_ref() {
            match v {
                get_events_response::Event::ProcessExec(v) => {
                    struct_ser.serialize_field("processExec", v)?;
                }
                get_events_response::Event::ProcessExit(v) => {
                    struct_ser.serialize_field("processExit", v)?;
                }
                get_events_response::Event::ProcessKprobe(v) => {
                    struct_ser.serialize_field("processKprobe", v)?;
                }
                get_events_response::Event::ProcessThrottle(v) => {
                    struct_ser.serialize_field("processThrottle", v)?;
                }
                get_events_response::Event::RateLimitInfo(v) => {
                    struct_ser.serialize_field("rateLimitInfo", v)?;
                }
            }
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for GetEventsResponse {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "time",
            "process_exec",
            "processExec",
            "process_exit",
            "processExit",
            "process_kprobe",
            "processKprobe",
            "process_throttle",
            "processThrottle",
            "rate_limit_info",
            "rateLimitInfo",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Time,
            ProcessExec,
            ProcessExit,
            ProcessKprobe,
            ProcessThrottle,
            RateLimitInfo,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "time" => Ok(GeneratedField::Time),
                            "processExec" | "process_exec" => Ok(GeneratedField::ProcessExec),
                            "processExit" | "process_exit" => Ok(GeneratedField::ProcessExit),
                            "processKprobe" | "process_kprobe" => Ok(GeneratedField::ProcessKprobe),
                            "processThrottle" | "process_throttle" => Ok(GeneratedField::ProcessThrottle),
                            "rateLimitInfo" | "rate_limit_info" => Ok(GeneratedField::RateLimitInfo),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = GetEventsResponse;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct tetragon.GetEventsResponse")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<GetEventsResponse, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut time__ = None;
                let mut event__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Time => {
                            if time__.is_some() {
                                return Err(serde::de::Error::duplicate_field("time"));
                            }
                            time__ = map_.next_value()?;
                        }
                        GeneratedField::ProcessExec => {
                            if event__.is_some() {
                                return Err(serde::de::Error::duplicate_field("processExec"));
                            }
                            event__ = map_.next_value::<::std::option::Option<_>>()?.map(get_events_response::Event::ProcessExec)
;
                        }
                        GeneratedField::ProcessExit => {
                            if event__.is_some() {
                                return Err(serde::de::Error::duplicate_field("processExit"));
                            }
                            event__ = map_.next_value::<::std::option::Option<_>>()?.map(get_events_response::Event::ProcessExit)
;
                        }
                        GeneratedField::ProcessKprobe => {
                            if event__.is_some() {
                                return Err(serde::de::Error::duplicate_field("processKprobe"));
                            }
                            event__ = map_.next_value::<::std::option::Option<_>>()?.map(get_events_response::Event::ProcessKprobe)
;
                        }
                        GeneratedField::ProcessThrottle => {
                            if event__.is_some() {
                                return Err(serde::de::Error::duplicate_field("processThrottle"));
                            }
                            event__ = map_.next_value::<::std::option::Option<_>>()?.map(get_events_response::Event::ProcessThrottle)
;
                        }
                        GeneratedField::RateLimitInfo => {
                            if event__.is_some() {
                                return Err(serde::de::Error::duplicate_field("rateLimitInfo"));
                            }
                            event__ = map_.next_value::<::std::option::Option<_>>()?.map(get_events_response::Event::RateLimitInfo)
;
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(GetEventsResponse {
                    time: time__,
                    event: event__,
                })
            }
        }
        deserializer.deserialize_struct("tetragon.GetEventsResponse", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for Image {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.id.is_empty() {
            len += 1;
        }
        if !self.name.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("tetragon.Image", len)?;
        if !self.id.is_empty() {
            struct_ser.serialize_field("id", &self.id)?;
        }
        if !self.name.is_empty() {
            struct_ser.serialize_field("name", &self.name)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for Image {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "id",
            "name",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Id,
            Name,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "id" => Ok(GeneratedField::Id),
                            "name" => Ok(GeneratedField::Name),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = Image;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct tetragon.Image")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<Image, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut id__ = None;
                let mut name__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Id => {
                            if id__.is_some() {
                                return Err(serde::de::Error::duplicate_field("id"));
                            }
                            id__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Name => {
                            if name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("name"));
                            }
                            name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(Image {
                    id: id__.unwrap_or_default(),
                    name: name__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("tetragon.Image", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for InodeProperties {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.number != 0 {
            len += 1;
        }
        if self.links.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("tetragon.InodeProperties", len)?;
        if self.number != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("number", ToString::to_string(&self.number).as_str())?;
        }
        if let Some(v) = self.links.as_ref() {
            struct_ser.serialize_field("links", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for InodeProperties {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "number",
            "links",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Number,
            Links,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "number" => Ok(GeneratedField::Number),
                            "links" => Ok(GeneratedField::Links),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = InodeProperties;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct tetragon.InodeProperties")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<InodeProperties, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut number__ = None;
                let mut links__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Number => {
                            if number__.is_some() {
                                return Err(serde::de::Error::duplicate_field("number"));
                            }
                            number__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Links => {
                            if links__.is_some() {
                                return Err(serde::de::Error::duplicate_field("links"));
                            }
                            links__ = map_.next_value()?;
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(InodeProperties {
                    number: number__.unwrap_or_default(),
                    links: links__,
                })
            }
        }
        deserializer.deserialize_struct("tetragon.InodeProperties", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for KprobeArgument {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.arg.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("tetragon.KprobeArgument", len)?;
        if let Some(v) = self.arg.as_ref() {
            match v {
                kprobe_argument::Arg::SockArg(v) => {
                    struct_ser.serialize_field("sockArg", v)?;
                }
            }
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for KprobeArgument {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "sock_arg",
            "sockArg",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            SockArg,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "sockArg" | "sock_arg" => Ok(GeneratedField::SockArg),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = KprobeArgument;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct tetragon.KprobeArgument")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<KprobeArgument, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut arg__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::SockArg => {
                            if arg__.is_some() {
                                return Err(serde::de::Error::duplicate_field("sockArg"));
                            }
                            arg__ = map_.next_value::<::std::option::Option<_>>()?.map(kprobe_argument::Arg::SockArg)
;
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(KprobeArgument {
                    arg: arg__,
                })
            }
        }
        deserializer.deserialize_struct("tetragon.KprobeArgument", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for KprobeSock {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.saddr.is_empty() {
            len += 1;
        }
        if !self.daddr.is_empty() {
            len += 1;
        }
        if self.sport != 0 {
            len += 1;
        }
        if self.dport != 0 {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("tetragon.KprobeSock", len)?;
        if !self.saddr.is_empty() {
            struct_ser.serialize_field("saddr", &self.saddr)?;
        }
        if !self.daddr.is_empty() {
            struct_ser.serialize_field("daddr", &self.daddr)?;
        }
        if self.sport != 0 {
            struct_ser.serialize_field("sport", &self.sport)?;
        }
        if self.dport != 0 {
            struct_ser.serialize_field("dport", &self.dport)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for KprobeSock {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "saddr",
            "daddr",
            "sport",
            "dport",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Saddr,
            Daddr,
            Sport,
            Dport,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "saddr" => Ok(GeneratedField::Saddr),
                            "daddr" => Ok(GeneratedField::Daddr),
                            "sport" => Ok(GeneratedField::Sport),
                            "dport" => Ok(GeneratedField::Dport),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = KprobeSock;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct tetragon.KprobeSock")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<KprobeSock, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut saddr__ = None;
                let mut daddr__ = None;
                let mut sport__ = None;
                let mut dport__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Saddr => {
                            if saddr__.is_some() {
                                return Err(serde::de::Error::duplicate_field("saddr"));
                            }
                            saddr__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Daddr => {
                            if daddr__.is_some() {
                                return Err(serde::de::Error::duplicate_field("daddr"));
                            }
                            daddr__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Sport => {
                            if sport__.is_some() {
                                return Err(serde::de::Error::duplicate_field("sport"));
                            }
                            sport__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Dport => {
                            if dport__.is_some() {
                                return Err(serde::de::Error::duplicate_field("dport"));
                            }
                            dport__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(KprobeSock {
                    saddr: saddr__.unwrap_or_default(),
                    daddr: daddr__.unwrap_or_default(),
                    sport: sport__.unwrap_or_default(),
                    dport: dport__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("tetragon.KprobeSock", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for Namespace {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.is_host {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("tetragon.Namespace", len)?;
        if self.is_host {
            struct_ser.serialize_field("isHost", &self.is_host)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for Namespace {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "is_host",
            "isHost",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            IsHost,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "isHost" | "is_host" => Ok(GeneratedField::IsHost),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = Namespace;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct tetragon.Namespace")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<Namespace, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut is_host__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::IsHost => {
                            if is_host__.is_some() {
                                return Err(serde::de::Error::duplicate_field("isHost"));
                            }
                            is_host__ = Some(map_.next_value()?);
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(Namespace {
                    is_host: is_host__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("tetragon.Namespace", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for Namespaces {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.mnt.is_some() {
            len += 1;
        }
        if self.net.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("tetragon.Namespaces", len)?;
        if let Some(v) = self.mnt.as_ref() {
            struct_ser.serialize_field("mnt", v)?;
        }
        if let Some(v) = self.net.as_ref() {
            struct_ser.serialize_field("net", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for Namespaces {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "mnt",
            "net",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Mnt,
            Net,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "mnt" => Ok(GeneratedField::Mnt),
                            "net" => Ok(GeneratedField::Net),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = Namespaces;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct tetragon.Namespaces")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<Namespaces, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut mnt__ = None;
                let mut net__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Mnt => {
                            if mnt__.is_some() {
                                return Err(serde::de::Error::duplicate_field("mnt"));
                            }
                            mnt__ = map_.next_value()?;
                        }
                        GeneratedField::Net => {
                            if net__.is_some() {
                                return Err(serde::de::Error::duplicate_field("net"));
                            }
                            net__ = map_.next_value()?;
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(Namespaces {
                    mnt: mnt__,
                    net: net__,
                })
            }
        }
        deserializer.deserialize_struct("tetragon.Namespaces", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for Pod {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if !self.namespace.is_empty() {
            len += 1;
        }
        if !self.name.is_empty() {
            len += 1;
        }
        if !self.uid.is_empty() {
            len += 1;
        }
        if self.container.is_some() {
            len += 1;
        }
        if !self.pod_labels.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("tetragon.Pod", len)?;
        if !self.namespace.is_empty() {
            struct_ser.serialize_field("namespace", &self.namespace)?;
        }
        if !self.name.is_empty() {
            struct_ser.serialize_field("name", &self.name)?;
        }
        if !self.uid.is_empty() {
            struct_ser.serialize_field("uid", &self.uid)?;
        }
        if let Some(v) = self.container.as_ref() {
            struct_ser.serialize_field("container", v)?;
        }
        if !self.pod_labels.is_empty() {
            struct_ser.serialize_field("podLabels", &self.pod_labels)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for Pod {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "namespace",
            "name",
            "uid",
            "container",
            "pod_labels",
            "podLabels",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Namespace,
            Name,
            Uid,
            Container,
            PodLabels,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "namespace" => Ok(GeneratedField::Namespace),
                            "name" => Ok(GeneratedField::Name),
                            "uid" => Ok(GeneratedField::Uid),
                            "container" => Ok(GeneratedField::Container),
                            "podLabels" | "pod_labels" => Ok(GeneratedField::PodLabels),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = Pod;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct tetragon.Pod")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<Pod, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut namespace__ = None;
                let mut name__ = None;
                let mut uid__ = None;
                let mut container__ = None;
                let mut pod_labels__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Namespace => {
                            if namespace__.is_some() {
                                return Err(serde::de::Error::duplicate_field("namespace"));
                            }
                            namespace__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Name => {
                            if name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("name"));
                            }
                            name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Uid => {
                            if uid__.is_some() {
                                return Err(serde::de::Error::duplicate_field("uid"));
                            }
                            uid__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Container => {
                            if container__.is_some() {
                                return Err(serde::de::Error::duplicate_field("container"));
                            }
                            container__ = map_.next_value()?;
                        }
                        GeneratedField::PodLabels => {
                            if pod_labels__.is_some() {
                                return Err(serde::de::Error::duplicate_field("podLabels"));
                            }
                            pod_labels__ = Some(
                                map_.next_value::<std::collections::HashMap<_, _>>()?
                            );
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(Pod {
                    namespace: namespace__.unwrap_or_default(),
                    name: name__.unwrap_or_default(),
                    uid: uid__.unwrap_or_default(),
                    container: container__,
                    pod_labels: pod_labels__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("tetragon.Pod", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for Process {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.pid.is_some() {
            len += 1;
        }
        if self.uid.is_some() {
            len += 1;
        }
        if !self.binary.is_empty() {
            len += 1;
        }
        if !self.arguments.is_empty() {
            len += 1;
        }
        if !self.flags.is_empty() {
            len += 1;
        }
        if self.start_time.is_some() {
            len += 1;
        }
        if self.pod.is_some() {
            len += 1;
        }
        if !self.docker.is_empty() {
            len += 1;
        }
        if self.cap.is_some() {
            len += 1;
        }
        if self.ns.is_some() {
            len += 1;
        }
        if self.process_credentials.is_some() {
            len += 1;
        }
        if self.binary_properties.is_some() {
            len += 1;
        }
        if self.in_init_tree.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("tetragon.Process", len)?;
        if let Some(v) = self.pid.as_ref() {
            struct_ser.serialize_field("pid", v)?;
        }
        if let Some(v) = self.uid.as_ref() {
            struct_ser.serialize_field("uid", v)?;
        }
        if !self.binary.is_empty() {
            struct_ser.serialize_field("binary", &self.binary)?;
        }
        if !self.arguments.is_empty() {
            struct_ser.serialize_field("arguments", &self.arguments)?;
        }
        if !self.flags.is_empty() {
            struct_ser.serialize_field("flags", &self.flags)?;
        }
        if let Some(v) = self.start_time.as_ref() {
            struct_ser.serialize_field("startTime", v)?;
        }
        if let Some(v) = self.pod.as_ref() {
            struct_ser.serialize_field("pod", v)?;
        }
        if !self.docker.is_empty() {
            struct_ser.serialize_field("docker", &self.docker)?;
        }
        if let Some(v) = self.cap.as_ref() {
            struct_ser.serialize_field("cap", v)?;
        }
        if let Some(v) = self.ns.as_ref() {
            struct_ser.serialize_field("ns", v)?;
        }
        if let Some(v) = self.process_credentials.as_ref() {
            struct_ser.serialize_field("processCredentials", v)?;
        }
        if let Some(v) = self.binary_properties.as_ref() {
            struct_ser.serialize_field("binaryProperties", v)?;
        }
        if let Some(v) = self.in_init_tree.as_ref() {
            struct_ser.serialize_field("inInitTree", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for Process {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "pid",
            "uid",
            "binary",
            "arguments",
            "flags",
            "start_time",
            "startTime",
            "pod",
            "docker",
            "cap",
            "ns",
            "process_credentials",
            "processCredentials",
            "binary_properties",
            "binaryProperties",
            "in_init_tree",
            "inInitTree",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Pid,
            Uid,
            Binary,
            Arguments,
            Flags,
            StartTime,
            Pod,
            Docker,
            Cap,
            Ns,
            ProcessCredentials,
            BinaryProperties,
            InInitTree,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "pid" => Ok(GeneratedField::Pid),
                            "uid" => Ok(GeneratedField::Uid),
                            "binary" => Ok(GeneratedField::Binary),
                            "arguments" => Ok(GeneratedField::Arguments),
                            "flags" => Ok(GeneratedField::Flags),
                            "startTime" | "start_time" => Ok(GeneratedField::StartTime),
                            "pod" => Ok(GeneratedField::Pod),
                            "docker" => Ok(GeneratedField::Docker),
                            "cap" => Ok(GeneratedField::Cap),
                            "ns" => Ok(GeneratedField::Ns),
                            "processCredentials" | "process_credentials" => Ok(GeneratedField::ProcessCredentials),
                            "binaryProperties" | "binary_properties" => Ok(GeneratedField::BinaryProperties),
                            "inInitTree" | "in_init_tree" => Ok(GeneratedField::InInitTree),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = Process;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct tetragon.Process")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<Process, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut pid__ = None;
                let mut uid__ = None;
                let mut binary__ = None;
                let mut arguments__ = None;
                let mut flags__ = None;
                let mut start_time__ = None;
                let mut pod__ = None;
                let mut docker__ = None;
                let mut cap__ = None;
                let mut ns__ = None;
                let mut process_credentials__ = None;
                let mut binary_properties__ = None;
                let mut in_init_tree__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Pid => {
                            if pid__.is_some() {
                                return Err(serde::de::Error::duplicate_field("pid"));
                            }
                            pid__ = map_.next_value()?;
                        }
                        GeneratedField::Uid => {
                            if uid__.is_some() {
                                return Err(serde::de::Error::duplicate_field("uid"));
                            }
                            uid__ = map_.next_value()?;
                        }
                        GeneratedField::Binary => {
                            if binary__.is_some() {
                                return Err(serde::de::Error::duplicate_field("binary"));
                            }
                            binary__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Arguments => {
                            if arguments__.is_some() {
                                return Err(serde::de::Error::duplicate_field("arguments"));
                            }
                            arguments__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Flags => {
                            if flags__.is_some() {
                                return Err(serde::de::Error::duplicate_field("flags"));
                            }
                            flags__ = Some(map_.next_value()?);
                        }
                        GeneratedField::StartTime => {
                            if start_time__.is_some() {
                                return Err(serde::de::Error::duplicate_field("startTime"));
                            }
                            start_time__ = map_.next_value()?;
                        }
                        GeneratedField::Pod => {
                            if pod__.is_some() {
                                return Err(serde::de::Error::duplicate_field("pod"));
                            }
                            pod__ = map_.next_value()?;
                        }
                        GeneratedField::Docker => {
                            if docker__.is_some() {
                                return Err(serde::de::Error::duplicate_field("docker"));
                            }
                            docker__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Cap => {
                            if cap__.is_some() {
                                return Err(serde::de::Error::duplicate_field("cap"));
                            }
                            cap__ = map_.next_value()?;
                        }
                        GeneratedField::Ns => {
                            if ns__.is_some() {
                                return Err(serde::de::Error::duplicate_field("ns"));
                            }
                            ns__ = map_.next_value()?;
                        }
                        GeneratedField::ProcessCredentials => {
                            if process_credentials__.is_some() {
                                return Err(serde::de::Error::duplicate_field("processCredentials"));
                            }
                            process_credentials__ = map_.next_value()?;
                        }
                        GeneratedField::BinaryProperties => {
                            if binary_properties__.is_some() {
                                return Err(serde::de::Error::duplicate_field("binaryProperties"));
                            }
                            binary_properties__ = map_.next_value()?;
                        }
                        GeneratedField::InInitTree => {
                            if in_init_tree__.is_some() {
                                return Err(serde::de::Error::duplicate_field("inInitTree"));
                            }
                            in_init_tree__ = map_.next_value()?;
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(Process {
                    pid: pid__,
                    uid: uid__,
                    binary: binary__.unwrap_or_default(),
                    arguments: arguments__.unwrap_or_default(),
                    flags: flags__.unwrap_or_default(),
                    start_time: start_time__,
                    pod: pod__,
                    docker: docker__.unwrap_or_default(),
                    cap: cap__,
                    ns: ns__,
                    process_credentials: process_credentials__,
                    binary_properties: binary_properties__,
                    in_init_tree: in_init_tree__,
                })
            }
        }
        deserializer.deserialize_struct("tetragon.Process", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ProcessCredentials {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.uid.is_some() {
            len += 1;
        }
        if self.gid.is_some() {
            len += 1;
        }
        if self.euid.is_some() {
            len += 1;
        }
        if self.egid.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("tetragon.ProcessCredentials", len)?;
        if let Some(v) = self.uid.as_ref() {
            struct_ser.serialize_field("uid", v)?;
        }
        if let Some(v) = self.gid.as_ref() {
            struct_ser.serialize_field("gid", v)?;
        }
        if let Some(v) = self.euid.as_ref() {
            struct_ser.serialize_field("euid", v)?;
        }
        if let Some(v) = self.egid.as_ref() {
            struct_ser.serialize_field("egid", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ProcessCredentials {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "uid",
            "gid",
            "euid",
            "egid",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Uid,
            Gid,
            Euid,
            Egid,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "uid" => Ok(GeneratedField::Uid),
                            "gid" => Ok(GeneratedField::Gid),
                            "euid" => Ok(GeneratedField::Euid),
                            "egid" => Ok(GeneratedField::Egid),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ProcessCredentials;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct tetragon.ProcessCredentials")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ProcessCredentials, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut uid__ = None;
                let mut gid__ = None;
                let mut euid__ = None;
                let mut egid__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Uid => {
                            if uid__.is_some() {
                                return Err(serde::de::Error::duplicate_field("uid"));
                            }
                            uid__ = map_.next_value()?;
                        }
                        GeneratedField::Gid => {
                            if gid__.is_some() {
                                return Err(serde::de::Error::duplicate_field("gid"));
                            }
                            gid__ = map_.next_value()?;
                        }
                        GeneratedField::Euid => {
                            if euid__.is_some() {
                                return Err(serde::de::Error::duplicate_field("euid"));
                            }
                            euid__ = map_.next_value()?;
                        }
                        GeneratedField::Egid => {
                            if egid__.is_some() {
                                return Err(serde::de::Error::duplicate_field("egid"));
                            }
                            egid__ = map_.next_value()?;
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(ProcessCredentials {
                    uid: uid__,
                    gid: gid__,
                    euid: euid__,
                    egid: egid__,
                })
            }
        }
        deserializer.deserialize_struct("tetragon.ProcessCredentials", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ProcessExec {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.process.is_some() {
            len += 1;
        }
        if self.parent.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("tetragon.ProcessExec", len)?;
        if let Some(v) = self.process.as_ref() {
            struct_ser.serialize_field("process", v)?;
        }
        if let Some(v) = self.parent.as_ref() {
            struct_ser.serialize_field("parent", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ProcessExec {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "process",
            "parent",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Process,
            Parent,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "process" => Ok(GeneratedField::Process),
                            "parent" => Ok(GeneratedField::Parent),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ProcessExec;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct tetragon.ProcessExec")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ProcessExec, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut process__ = None;
                let mut parent__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Process => {
                            if process__.is_some() {
                                return Err(serde::de::Error::duplicate_field("process"));
                            }
                            process__ = map_.next_value()?;
                        }
                        GeneratedField::Parent => {
                            if parent__.is_some() {
                                return Err(serde::de::Error::duplicate_field("parent"));
                            }
                            parent__ = map_.next_value()?;
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(ProcessExec {
                    process: process__,
                    parent: parent__,
                })
            }
        }
        deserializer.deserialize_struct("tetragon.ProcessExec", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ProcessExit {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.process.is_some() {
            len += 1;
        }
        if self.parent.is_some() {
            len += 1;
        }
        if !self.signal.is_empty() {
            len += 1;
        }
        if self.status != 0 {
            len += 1;
        }
        if self.time.is_some() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("tetragon.ProcessExit", len)?;
        if let Some(v) = self.process.as_ref() {
            struct_ser.serialize_field("process", v)?;
        }
        if let Some(v) = self.parent.as_ref() {
            struct_ser.serialize_field("parent", v)?;
        }
        if !self.signal.is_empty() {
            struct_ser.serialize_field("signal", &self.signal)?;
        }
        if self.status != 0 {
            struct_ser.serialize_field("status", &self.status)?;
        }
        if let Some(v) = self.time.as_ref() {
            struct_ser.serialize_field("time", v)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ProcessExit {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "process",
            "parent",
            "signal",
            "status",
            "time",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Process,
            Parent,
            Signal,
            Status,
            Time,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "process" => Ok(GeneratedField::Process),
                            "parent" => Ok(GeneratedField::Parent),
                            "signal" => Ok(GeneratedField::Signal),
                            "status" => Ok(GeneratedField::Status),
                            "time" => Ok(GeneratedField::Time),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ProcessExit;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct tetragon.ProcessExit")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ProcessExit, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut process__ = None;
                let mut parent__ = None;
                let mut signal__ = None;
                let mut status__ = None;
                let mut time__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Process => {
                            if process__.is_some() {
                                return Err(serde::de::Error::duplicate_field("process"));
                            }
                            process__ = map_.next_value()?;
                        }
                        GeneratedField::Parent => {
                            if parent__.is_some() {
                                return Err(serde::de::Error::duplicate_field("parent"));
                            }
                            parent__ = map_.next_value()?;
                        }
                        GeneratedField::Signal => {
                            if signal__.is_some() {
                                return Err(serde::de::Error::duplicate_field("signal"));
                            }
                            signal__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Status => {
                            if status__.is_some() {
                                return Err(serde::de::Error::duplicate_field("status"));
                            }
                            status__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::Time => {
                            if time__.is_some() {
                                return Err(serde::de::Error::duplicate_field("time"));
                            }
                            time__ = map_.next_value()?;
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(ProcessExit {
                    process: process__,
                    parent: parent__,
                    signal: signal__.unwrap_or_default(),
                    status: status__.unwrap_or_default(),
                    time: time__,
                })
            }
        }
        deserializer.deserialize_struct("tetragon.ProcessExit", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ProcessKprobe {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.process.is_some() {
            len += 1;
        }
        if self.parent.is_some() {
            len += 1;
        }
        if !self.function_name.is_empty() {
            len += 1;
        }
        if !self.args.is_empty() {
            len += 1;
        }
        if self.r#return.is_some() {
            len += 1;
        }
        if !self.policy_name.is_empty() {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("tetragon.ProcessKprobe", len)?;
        if let Some(v) = self.process.as_ref() {
            struct_ser.serialize_field("process", v)?;
        }
        if let Some(v) = self.parent.as_ref() {
            struct_ser.serialize_field("parent", v)?;
        }
        if !self.function_name.is_empty() {
            struct_ser.serialize_field("functionName", &self.function_name)?;
        }
        if !self.args.is_empty() {
            struct_ser.serialize_field("args", &self.args)?;
        }
        if let Some(v) = self.r#return.as_ref() {
            struct_ser.serialize_field("return", v)?;
        }
        if !self.policy_name.is_empty() {
            struct_ser.serialize_field("policyName", &self.policy_name)?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ProcessKprobe {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "process",
            "parent",
            "function_name",
            "functionName",
            "args",
            "return",
            "policy_name",
            "policyName",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            Process,
            Parent,
            FunctionName,
            Args,
            Return,
            PolicyName,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "process" => Ok(GeneratedField::Process),
                            "parent" => Ok(GeneratedField::Parent),
                            "functionName" | "function_name" => Ok(GeneratedField::FunctionName),
                            "args" => Ok(GeneratedField::Args),
                            "return" => Ok(GeneratedField::Return),
                            "policyName" | "policy_name" => Ok(GeneratedField::PolicyName),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ProcessKprobe;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct tetragon.ProcessKprobe")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ProcessKprobe, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut process__ = None;
                let mut parent__ = None;
                let mut function_name__ = None;
                let mut args__ = None;
                let mut r#return__ = None;
                let mut policy_name__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::Process => {
                            if process__.is_some() {
                                return Err(serde::de::Error::duplicate_field("process"));
                            }
                            process__ = map_.next_value()?;
                        }
                        GeneratedField::Parent => {
                            if parent__.is_some() {
                                return Err(serde::de::Error::duplicate_field("parent"));
                            }
                            parent__ = map_.next_value()?;
                        }
                        GeneratedField::FunctionName => {
                            if function_name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("functionName"));
                            }
                            function_name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Args => {
                            if args__.is_some() {
                                return Err(serde::de::Error::duplicate_field("args"));
                            }
                            args__ = Some(map_.next_value()?);
                        }
                        GeneratedField::Return => {
                            if r#return__.is_some() {
                                return Err(serde::de::Error::duplicate_field("return"));
                            }
                            r#return__ = map_.next_value()?;
                        }
                        GeneratedField::PolicyName => {
                            if policy_name__.is_some() {
                                return Err(serde::de::Error::duplicate_field("policyName"));
                            }
                            policy_name__ = Some(map_.next_value()?);
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(ProcessKprobe {
                    process: process__,
                    parent: parent__,
                    function_name: function_name__.unwrap_or_default(),
                    args: args__.unwrap_or_default(),
                    r#return: r#return__,
                    policy_name: policy_name__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("tetragon.ProcessKprobe", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for ProcessThrottle {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let len = 0;
        let struct_ser = serializer.serialize_struct("tetragon.ProcessThrottle", len)?;
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for ProcessThrottle {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                            Ok(GeneratedField::__SkipField__)
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = ProcessThrottle;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct tetragon.ProcessThrottle")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<ProcessThrottle, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                while map_.next_key::<GeneratedField>()?.is_some() {
                    let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                }
                Ok(ProcessThrottle {
                })
            }
        }
        deserializer.deserialize_struct("tetragon.ProcessThrottle", FIELDS, GeneratedVisitor)
    }
}
impl serde::Serialize for RateLimitInfo {
    #[allow(deprecated)]
    fn serialize<S>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error>
    where
        S: serde::Serializer,
    {
        use serde::ser::SerializeStruct;
        let mut len = 0;
        if self.number_of_dropped_process_events != 0 {
            len += 1;
        }
        let mut struct_ser = serializer.serialize_struct("tetragon.RateLimitInfo", len)?;
        if self.number_of_dropped_process_events != 0 {
            #[allow(clippy::needless_borrow)]
            #[allow(clippy::needless_borrows_for_generic_args)]
            struct_ser.serialize_field("numberOfDroppedProcessEvents", ToString::to_string(&self.number_of_dropped_process_events).as_str())?;
        }
        struct_ser.end()
    }
}
impl<'de> serde::Deserialize<'de> for RateLimitInfo {
    #[allow(deprecated)]
    fn deserialize<D>(deserializer: D) -> std::result::Result<Self, D::Error>
    where
        D: serde::Deserializer<'de>,
    {
        const FIELDS: &[&str] = &[
            "number_of_dropped_process_events",
            "numberOfDroppedProcessEvents",
        ];

        #[allow(clippy::enum_variant_names)]
        enum GeneratedField {
            NumberOfDroppedProcessEvents,
            __SkipField__,
        }
        impl<'de> serde::Deserialize<'de> for GeneratedField {
            fn deserialize<D>(deserializer: D) -> std::result::Result<GeneratedField, D::Error>
            where
                D: serde::Deserializer<'de>,
            {
                struct GeneratedVisitor;

                impl serde::de::Visitor<'_> for GeneratedVisitor {
                    type Value = GeneratedField;

                    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        write!(formatter, "expected one of: {:?}", &FIELDS)
                    }

                    #[allow(unused_variables)]
                    fn visit_str<E>(self, value: &str) -> std::result::Result<GeneratedField, E>
                    where
                        E: serde::de::Error,
                    {
                        match value {
                            "numberOfDroppedProcessEvents" | "number_of_dropped_process_events" => Ok(GeneratedField::NumberOfDroppedProcessEvents),
                            _ => Ok(GeneratedField::__SkipField__),
                        }
                    }
                }
                deserializer.deserialize_identifier(GeneratedVisitor)
            }
        }
        struct GeneratedVisitor;
        impl<'de> serde::de::Visitor<'de> for GeneratedVisitor {
            type Value = RateLimitInfo;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("struct tetragon.RateLimitInfo")
            }

            fn visit_map<V>(self, mut map_: V) -> std::result::Result<RateLimitInfo, V::Error>
                where
                    V: serde::de::MapAccess<'de>,
            {
                let mut number_of_dropped_process_events__ = None;
                while let Some(k) = map_.next_key()? {
                    match k {
                        GeneratedField::NumberOfDroppedProcessEvents => {
                            if number_of_dropped_process_events__.is_some() {
                                return Err(serde::de::Error::duplicate_field("numberOfDroppedProcessEvents"));
                            }
                            number_of_dropped_process_events__ = 
                                Some(map_.next_value::<::pbjson::private::NumberDeserialize<_>>()?.0)
                            ;
                        }
                        GeneratedField::__SkipField__ => {
                            let _ = map_.next_value::<serde::de::IgnoredAny>()?;
                        }
                    }
                }
                Ok(RateLimitInfo {
                    number_of_dropped_process_events: number_of_dropped_process_events__.unwrap_or_default(),
                })
            }
        }
        deserializer.deserialize_struct("tetragon.RateLimitInfo", FIELDS, GeneratedVisitor)
    }
}
